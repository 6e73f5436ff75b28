package trigger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/secret"
)

// Input is what a person gives of a trigger. In a change, what is nil stays.
type Input struct {
	// Type is needed on creation.
	Type     Type
	Enabled  *bool
	Cron     *string
	Timezone *string // defaults to UTC
	Missed   *Missed // defaults to skip
	// Signature replaces the one there was; the secret stays with its kind.
	Signature *Signature
	// Secret is one that the sender gave. Without one on creation, or where the kind
	// changes, one is generated.
	Secret *secret.Secret
	// RotateSecret generates a new one; the old one is of no use from then on.
	RotateSecret bool
	Event        *string
	Filter       *string // "" for none
	// Input is the template; null for none.
	Input json.RawMessage
}

// maxText bounds short fields.
const maxText = 200

// eventName is the form of events' names: what EventBridge takes for a detail-type,
// and no spaces.
var eventName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*$`)

// headerName is the form of a header's name (RFC 9110, 5.6.2: token).
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func refuse(problems ...apierr.Problem) error {
	return apierr.New(apierr.ValidationFailed, "The trigger is not valid: "+problems[0].Message).With(problems...)
}

// apply puts what a person gave over the trigger and judges the whole. key is a
// new secret, to be sealed; shown is the same where it was generated.
func (t *Trigger) apply(in Input) (key secret.Secret, shown string, problems []apierr.Problem) {
	problem := func(path, code, message string) {
		problems = append(problems, apierr.Problem{Path: path, Code: code, Message: message})
	}
	for path, given := range map[string]bool{"/cron": in.Cron != nil, "/timezone": in.Timezone != nil, "/missed": in.Missed != nil,
		"/signature": in.Signature != nil, "/secret": in.Secret != nil, "/rotateSecret": in.RotateSecret, "/event": in.Event != nil} {
		if given && !slices.Contains(fieldsOf(t.Type), path) {
			problem(path, "unknown_field", "A trigger of this type has no such field.")
		}
	}
	slices.SortFunc(problems, func(a, b apierr.Problem) int { return cmp.Compare(a.Path, b.Path) })
	if in.Enabled != nil {
		t.Enabled = *in.Enabled
	}
	switch t.Type {
	case TypeSchedule:
		problems = append(problems, t.applySchedule(in)...)
	case TypeWebhook:
		var more []apierr.Problem
		key, shown, more = t.applyWebhook(in)
		problems = append(problems, more...)
	case TypeEvent:
		if in.Event != nil {
			t.Event = *in.Event
		}
		if fault := listenable(t.Event); fault != "" {
			problem("/event", "event", fault)
		}
	default:
		problem("/type", "enum", "One of schedule, webhook, event.")
	}
	if in.Filter != nil {
		t.Filter = *in.Filter
	}
	if t.Filter != "" {
		if !expr.IsExpression(t.Filter) {
			problem("/filter", "expression", "A filter is an expression between {% and %}.")
		} else {
			problems = append(problems, checkExpression("/filter", t.Filter)...)
		}
	}
	if raw := bytes.TrimSpace(in.Input); len(raw) > 0 {
		t.Input = slices.Clone(json.RawMessage(raw))
		if string(raw) == "null" {
			t.Input = nil
		}
		problems = append(problems, checkTemplate(t.Input)...)
	}
	return key, shown, problems
}

func fieldsOf(t Type) []string {
	switch t {
	case TypeSchedule:
		return []string{"/cron", "/timezone", "/missed"}
	case TypeWebhook:
		return []string{"/signature", "/secret", "/rotateSecret"}
	case TypeEvent:
		return []string{"/event"}
	}
	return nil
}

func (t *Trigger) applySchedule(in Input) (problems []apierr.Problem) {
	if in.Cron != nil {
		t.Cron = strings.Join(strings.Fields(*in.Cron), " ")
	}
	if in.Timezone != nil {
		t.Timezone = *in.Timezone
	}
	if in.Missed != nil {
		t.Missed = *in.Missed
	}
	t.Timezone, t.Missed = cmp.Or(t.Timezone, "UTC"), cmp.Or(t.Missed, MissedSkip)
	if t.Missed != MissedSkip && t.Missed != MissedOnce {
		problems = append(problems, apierr.Problem{Path: "/missed", Code: "enum", Message: "One of skip, once."})
	}
	if _, err := location(t.Timezone); err != nil {
		return append(problems, apierr.Problem{Path: "/timezone", Code: "timezone", Message: err.Error()})
	}
	if _, err := ParseCron(t.Cron, t.Timezone); err != nil {
		problems = append(problems, apierr.Problem{Path: "/cron", Code: "cron", Message: err.Error()})
	}
	return problems
}

func (t *Trigger) applyWebhook(in Input) (key secret.Secret, shown string, problems []apierr.Problem) {
	before := Kind("")
	if t.Signature != nil {
		before = t.Signature.Kind
	}
	if in.Signature != nil {
		given := *in.Signature
		t.Signature = &given
	}
	if t.Signature == nil {
		return key, "", []apierr.Problem{{Path: "/signature", Code: "required", Message: "A webhook is signed: say how."}}
	}
	if problems = t.Signature.settle(); len(problems) > 0 {
		return key, "", problems
	}
	switch {
	case in.Secret != nil && !in.Secret.IsZero():
		if in.RotateSecret {
			problems = append(problems, apierr.Problem{Path: "/rotateSecret", Code: "conflict", Message: "Either give a secret or have one generated."})
		}
		if fault := usable(t.Signature.Kind, in.Secret.Reveal()); fault != "" {
			problems = append(problems, apierr.Problem{Path: "/secret", Code: "secret", Message: fault})
		}
		key = *in.Secret
	case in.RotateSecret || before != t.Signature.Kind:
		shown = generate(t.Signature.Kind)
		key = secret.New(shown)
	}
	return key, shown, problems
}

// settle fills in the defaults of a signature and judges it.
func (s *Signature) settle() (problems []apierr.Problem) {
	problem := func(field, code, message string) {
		problems = append(problems, apierr.Problem{Path: "/signature/" + field, Code: code, Message: message})
	}
	switch s.Kind {
	case KindStandard, KindStripe, KindGitHub, KindSlack:
		if *s != (Signature{Kind: s.Kind}) {
			problem("kind", "conflict", "This kind says by itself how it signs; the other fields are for hmac.")
		}
		return problems
	case KindHMAC:
	default:
		problem("kind", "enum", "One of standard, stripe, github, slack, hmac. A webhook that is not signed is not taken.")
		return problems
	}
	s.Algorithm, s.Encoding = cmp.Or(s.Algorithm, "sha256"), cmp.Or(s.Encoding, "hex")
	if s.Algorithm != "sha256" && s.Algorithm != "sha512" {
		problem("algorithm", "enum", "sha256 or sha512.")
	}
	if s.Encoding != "hex" && s.Encoding != "base64" {
		problem("encoding", "enum", "hex or base64.")
	}
	if !headerName.MatchString(s.Header) || len(s.Header) > maxText {
		problem("header", "header", "The name of the header that carries the signature.")
	}
	if s.TimestampHeader != "" && (!headerName.MatchString(s.TimestampHeader) || len(s.TimestampHeader) > maxText) {
		problem("timestampHeader", "header", "The name of a header.")
	}
	if len(s.Prefix) > maxText {
		problem("prefix", "too_long", "At most 200 bytes.")
	}
	return problems
}

// listenable says what is wrong with an event's name to listen to, "" for nothing.
func listenable(name string) string {
	if name == ExecutionFailed || name == ExecutionCompleted || name == SpecChanged {
		return ""
	}
	return custom(name)
}

// custom says what is wrong with the name of an event that others tell.
func custom(name string) string {
	if len(name) > 100 || !eventName.MatchString(name) {
		return "A name of letters and digits, joined by dots, dashes or underscores, at most 100."
	}
	first, _, _ := strings.Cut(name, ".")
	switch first {
	case "execution", "spec", "webhook", "schedule", "apiq":
		return "Names that begin with " + first + " are APIQ's own. It tells execution.failed, execution.completed and spec.changed."
	}
	return ""
}
