package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// state is one compiled state. Fields that do not belong to its kind are zero.
type state struct {
	name, kind string
	next       string // Default of a Choice
	end        bool

	output, arguments, assign *template
	resource                  resource
	timeout, heartbeat        *template
	choices                   []choice
	seconds, timestamp        *template
	errorName, cause          *template
	branches                  []*flow
	items, selector           *template
	concurrency               *template
	tolerated, toleratedShare *template
	retry                     []retrier
	catch                     []catcher
}

type choice struct {
	condition, output, assign *template
	next                      string
}

type retrier struct {
	errors      []string
	interval    float64
	maxAttempts int
	backoff     float64
	maxDelay    float64
	jitter      bool
}

type catcher struct {
	errors         []string
	next           string
	output, assign *template
}

func (p *reader) state(path, name string, raw json.RawMessage, language string, depth int) *state {
	var in stateJSON
	if err := decode(raw, &in); err != nil {
		p.fault(path, "not a state: %v", err)
		return nil
	}
	if len(name) == 0 || len(name) > 80 {
		p.fault(path, "a state's name has 1 to 80 characters")
	}
	p.language(path, &in, raw, language)
	s := &state{name: name, kind: in.Type, next: in.Next, end: in.End}
	field := func(name string, raw json.RawMessage) *template { return p.template(path+"/"+name, name, raw) }
	s.output, s.assign = field("Output", in.Output), field("Assign", in.Assign)
	s.arguments = field("Arguments", in.Arguments)
	switch in.Type {
	case "Pass", "Succeed":
	case "Fail":
		s.errorName, s.cause = field("Error", in.Error), field("Cause", in.Cause)
	case "Wait":
		s.seconds, s.timestamp = field("Seconds", in.Seconds), field("Timestamp", in.Timestamp)
		if (s.seconds == nil) == (s.timestamp == nil) {
			p.fault(path, "needs one of Seconds and Timestamp")
		}
	case "Choice":
		s.next = in.Default
		p.choices(path, s, in.Choices)
	case "Task":
		if in.Resource == "" {
			p.fault(path+"/Resource", "missing")
		}
		s.resource = parseResource(in.Resource)
		s.timeout, s.heartbeat = field("TimeoutSeconds", in.TimeoutSeconds), field("HeartbeatSeconds", in.HeartbeatSeconds)
	case "Parallel":
		if len(in.Branches) == 0 {
			p.fault(path+"/Branches", "missing")
		}
		for i, b := range in.Branches {
			s.branches = append(s.branches, p.flow(fmt.Sprintf("%s/Branches/%d", path, i), b, language, depth+1))
		}
	case "Map":
		p.mapState(path, s, &in, language, depth)
	default:
		p.fault(path+"/Type", "%q is not a type of state", in.Type)
	}
	p.handlers(path, s, &in)
	return s
}

// language refuses states that need JSONPath. A state that has no field of either
// language (a bare Pass, a Fail with fixed texts) means the same in both.
func (p *reader) language(path string, in *stateJSON, raw json.RawMessage, language string) {
	if in.QueryLanguage != "" {
		language = in.QueryLanguage
	}
	if language == "JSONata" {
		var fields map[string]json.RawMessage
		_ = decode(raw, &fields)
		for _, f := range jsonPathFields {
			if _, ok := fields[f]; ok {
				p.fault(path+"/"+f, "is not a field of JSONata states")
			}
		}
		return
	}
	if language != "JSONPath" {
		p.fault(path+"/QueryLanguage", "%q is not a query language", language)
		return
	}
	if in.QueryLanguage == "" && neutral(in, raw) {
		return
	}
	p.cannot(path, "a state in JSONPath")
}

func neutral(in *stateJSON, raw json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if decode(raw, &fields) != nil {
		return false
	}
	for f, v := range fields {
		switch f {
		case "Type", "Comment", "Next", "End":
		case "Error", "Cause":
			if in.Type != "Fail" || bytes.Contains(v, []byte("{%")) {
				return false
			}
		case "Seconds", "Timestamp":
			if in.Type != "Wait" || bytes.Contains(v, []byte("{%")) {
				return false
			}
		default:
			return false
		}
	}
	return in.Type == "Pass" || in.Type == "Succeed" || in.Type == "Fail" || in.Type == "Wait"
}

func (p *reader) choices(path string, s *state, in []choiceJSON) {
	if len(in) == 0 {
		p.fault(path+"/Choices", "missing")
	}
	for i, c := range in {
		at, field := fmt.Sprintf("%s/Choices/%d/", path, i), fmt.Sprintf("Choices[%d]/", i)
		if c.Condition == nil {
			p.fault(at+"Condition", "missing")
		}
		s.choices = append(s.choices, choice{
			condition: p.template(at+"Condition", field+"Condition", c.Condition),
			output:    p.template(at+"Output", field+"Output", c.Output),
			assign:    p.template(at+"Assign", field+"Assign", c.Assign),
			next:      c.Next,
		})
	}
}

func (p *reader) mapState(path string, s *state, in *stateJSON, language string, depth int) {
	if in.ItemReader != nil || in.ResultWriter != nil {
		p.cannot(path, "a distributed Map")
	}
	processor, at := in.ItemProcessor, "/ItemProcessor"
	if processor == nil {
		processor, at = in.Iterator, "/Iterator"
	}
	if processor == nil {
		p.fault(path+"/ItemProcessor", "missing")
		return
	}
	s.branches = []*flow{p.flow(path+at, processor, language, depth+1)}
	field := func(name string, raw json.RawMessage) *template { return p.template(path+"/"+name, name, raw) }
	s.items, s.selector = field("Items", in.Items), field("ItemSelector", in.ItemSelector)
	s.concurrency = field("MaxConcurrency", in.MaxConcurrency)
	s.tolerated = field("ToleratedFailureCount", in.ToleratedFailureCount)
	s.toleratedShare = field("ToleratedFailurePercentage", in.ToleratedFailurePercentage)
}

func (p *reader) handlers(path string, s *state, in *stateJSON) {
	if len(in.Retry)+len(in.Catch) > 0 && s.kind != "Task" && s.kind != "Map" && s.kind != "Parallel" {
		p.fault(path, "a %s has neither Retry nor Catch", s.kind)
	}
	for i, r := range in.Retry {
		at := fmt.Sprintf("%s/Retry/%d", path, i)
		p.errorNames(at, r.ErrorEquals, i == len(in.Retry)-1)
		out := retrier{errors: r.ErrorEquals, interval: 1, maxAttempts: 3, backoff: 2, jitter: r.JitterStrategy == "FULL"}
		set := func(to *float64, from *float64, least float64, name string) {
			if from == nil {
				return
			}
			if *from < least {
				p.fault(at+"/"+name, "is at least %v", least)
			}
			*to = *from
		}
		set(&out.interval, r.IntervalSeconds, 1, "IntervalSeconds")
		set(&out.backoff, r.BackoffRate, 1, "BackoffRate")
		set(&out.maxDelay, r.MaxDelaySeconds, 1, "MaxDelaySeconds")
		if r.MaxAttempts != nil {
			out.maxAttempts = *r.MaxAttempts
		}
		if r.JitterStrategy != "" && r.JitterStrategy != "FULL" && r.JitterStrategy != "NONE" {
			p.fault(at+"/JitterStrategy", "is FULL or NONE")
		}
		s.retry = append(s.retry, out)
	}
	for i, c := range in.Catch {
		at, field := fmt.Sprintf("%s/Catch/%d", path, i), fmt.Sprintf("Catch[%d]/", i)
		p.errorNames(at, c.ErrorEquals, i == len(in.Catch)-1)
		s.catch = append(s.catch, catcher{
			errors: c.ErrorEquals, next: c.Next,
			output: p.template(at+"/Output", field+"Output", c.Output),
			assign: p.template(at+"/Assign", field+"Assign", c.Assign),
		})
	}
}

func (p *reader) errorNames(path string, names []string, last bool) {
	if len(names) == 0 {
		p.fault(path+"/ErrorEquals", "missing")
	}
	for _, n := range names {
		if n == errAll && (len(names) > 1 || !last) {
			p.fault(path+"/ErrorEquals", "States.ALL stands alone and last")
		}
	}
}

// template is a JSON value with expressions in some of its strings.
type template struct {
	// field is how causes name the place: "Output/result".
	field    string
	constant any // of expr's domain, when nothing inside is an expression
	fixed    bool
	program  *expr.Program
	keys     []string
	kids     []*template
	array    bool
}

func (p *reader) template(path, field string, raw json.RawMessage) *template {
	if raw == nil {
		return nil
	}
	v, err := expr.Decode(raw)
	if err != nil {
		p.fault(path, "%v", err)
		return nil
	}
	return p.compile(path, field, v)
}

func (p *reader) compile(path, field string, v any) *template {
	t := &template{field: field, constant: v, fixed: true}
	add := func(kid *template) {
		t.kids = append(t.kids, kid)
		t.fixed = t.fixed && kid.fixed
	}
	switch v := v.(type) {
	case string:
		src, ok := expr.Unwrap(v)
		if !ok {
			break
		}
		prog, err := expr.Compile(src, p.opts.Expr)
		if err != nil {
			p.fault(path, "%v", err)
			break
		}
		t.fixed, t.program = false, prog
	case []any:
		t.array = true
		for i, x := range v {
			add(p.compile(fmt.Sprintf("%s/%d", path, i), fmt.Sprintf("%s[%d]", field, i), x))
		}
	default:
		keys, ok := expr.Fields(v)
		if !ok {
			break
		}
		t.keys = keys
		for _, k := range keys {
			x, _ := expr.Field(v, k)
			add(p.compile(path+"/"+escape(k), field+"/"+k, x))
		}
	}
	return t
}

// resource is what a Task calls.
type resource struct {
	arn string
	// family chooses the events: "Task", "LambdaFunction" or "Activity".
	family string
	// service and action are resourceType and resource of Task events.
	service, action string
	// token: the task ends when its token comes back.
	token bool
}

// parseResource reads arn:aws:states:::service:action[.pattern], the ARN of a
// Lambda function or the ARN of an activity.
func parseResource(arn string) resource {
	r := resource{arn: arn, family: "LambdaFunction", service: "lambda"}
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) >= 7 && parts[2] == "states" && parts[5] == "activity":
		r.family, r.service = "Activity", "activity"
	case len(parts) >= 7 && parts[2] == "states":
		r.family = "Task"
		rest := parts[5:]
		at := 1
		if rest[0] == "aws-sdk" && len(rest) > 2 {
			at = 2
		}
		r.service, r.action = strings.Join(rest[:at], ":"), strings.Join(rest[at:], ":")
		r.token = strings.HasSuffix(r.action, ".waitForTaskToken")
	}
	return r
}
