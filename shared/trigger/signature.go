package trigger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kind is how a sender signs.
type Kind string

// The kinds of signatures. None at all is none of them.
const (
	// KindStandard is Standard Webhooks (github.com/standard-webhooks, 1.0.0).
	KindStandard Kind = "standard"
	// KindStripe is Stripe-Signature (docs.stripe.com/webhooks, "Verify manually").
	KindStripe Kind = "stripe"
	// KindGitHub is X-Hub-Signature-256 (docs.github.com, "Validating webhook deliveries").
	KindGitHub Kind = "github"
	// KindSlack is X-Slack-Signature (docs.slack.dev, "Verifying requests from Slack").
	KindSlack Kind = "slack"
	// KindHMAC is any HMAC over the body.
	KindHMAC Kind = "hmac"
)

// Signature says how a webhook is signed. All but Kind are for KindHMAC alone.
type Signature struct {
	Kind Kind `json:"kind" jsonschema:"enum=standard,enum=stripe,enum=github,enum=slack,enum=hmac"`
	// Header carries the signature.
	Header string `json:"header,omitempty"`
	// Algorithm defaults to sha256.
	Algorithm string `json:"algorithm,omitempty" jsonschema:"enum=sha256,enum=sha512"`
	// Encoding defaults to hex.
	Encoding string `json:"encoding,omitempty" jsonschema:"enum=hex,enum=base64"`
	// Prefix stands before the signature in its header, such as "sha256=".
	Prefix string `json:"prefix,omitempty"`
	// TimestampHeader, where there is one, carries Unix seconds, and what is signed
	// is "<seconds>.<body>". Without it no time is signed.
	TimestampHeader string `json:"timestampHeader,omitempty"`
}

// Errors of verification. Neither says more: who cannot sign learns nothing.
var (
	errSignature = errors.New("trigger: the signature does not fit")
	errWindow    = errors.New("trigger: the signed time is too far from now")
)

// verified is what a good signature covers.
type verified struct {
	// eventID is the sender's id of the event where the signature covers one, else a
	// digest of what was signed.
	eventID string
	// stamped: a time was signed too.
	stamped bool
}

// standardPrefix begins a secret of Standard Webhooks; base64 follows.
const standardPrefix = "whsec_"

// generate makes a secret of a kind: 256 bits.
func generate(k Kind) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	if k == KindStandard {
		return standardPrefix + base64.StdEncoding.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}

// usable says what is wrong with a secret that was given, "" for nothing.
func usable(k Kind, secret string) string {
	if k == KindStandard {
		key, err := standardKey(secret)
		if err != nil || len(key) < 24 || len(key) > 64 {
			return "A secret of Standard Webhooks is whsec_ and 24 to 64 bytes in base64."
		}
		return ""
	}
	if len(secret) < 8 || len(secret) > 512 {
		return "Between 8 and 512 bytes."
	}
	return ""
}

func standardKey(secret string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, standardPrefix))
}

// verify judges a request by its raw body. The errors are errSignature and errWindow.
func (s Signature) verify(secret string, h http.Header, body []byte, now time.Time) (verified, error) {
	switch s.Kind {
	case KindStandard:
		return verifyStandard(secret, h, body, now)
	case KindStripe:
		return verifyStripe(secret, h, body, now)
	case KindGitHub:
		g := Signature{Header: "X-Hub-Signature-256", Prefix: "sha256="}
		return g.verifyHMAC(secret, h, body, now)
	case KindSlack:
		return verifySlack(secret, h, body, now)
	case KindHMAC:
		return s.verifyHMAC(secret, h, body, now)
	}
	return verified{}, errSignature
}

func verifyStandard(secret string, h http.Header, body []byte, now time.Time) (verified, error) {
	key, err := standardKey(secret)
	eventID, stamp := one(h, "Webhook-Id"), one(h, "Webhook-Timestamp")
	if err != nil || eventID == "" || stamp == "" || len(eventID) > maxEventID {
		return verified{}, errSignature
	}
	want := mac(sha256.New, key, []byte(eventID+"."+stamp+"."), body)
	// Several signatures while the sender changes its key.
	for each := range strings.FieldsSeq(one(h, "Webhook-Signature")) {
		version, text, _ := strings.Cut(each, ",")
		if have, err := base64.StdEncoding.DecodeString(text); err == nil && version == "v1" && hmac.Equal(have, want) {
			return verified{eventID: eventID, stamped: true}, fresh(stamp, now)
		}
	}
	return verified{}, errSignature
}

func verifyStripe(secret string, h http.Header, body []byte, now time.Time) (verified, error) {
	stamp, given := "", []string{}
	for part := range strings.SplitSeq(one(h, "Stripe-Signature"), ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			stamp = value
		case "v1":
			given = append(given, value)
		}
	}
	want := mac(sha256.New, []byte(secret), []byte(stamp+"."), body)
	for _, text := range given {
		if have, err := hex.DecodeString(text); err == nil && stamp != "" && hmac.Equal(have, want) {
			// A retry has a new time and signature, and the same event.
			return verified{eventID: idIn(body, "id"), stamped: true}, fresh(stamp, now)
		}
	}
	return verified{}, errSignature
}

func verifySlack(secret string, h http.Header, body []byte, now time.Time) (verified, error) {
	stamp := one(h, "X-Slack-Request-Timestamp")
	text, ok := strings.CutPrefix(one(h, "X-Slack-Signature"), "v0=")
	have, err := hex.DecodeString(text)
	want := mac(sha256.New, []byte(secret), []byte("v0:"+stamp+":"), body)
	if !ok || err != nil || stamp == "" || !hmac.Equal(have, want) {
		return verified{}, errSignature
	}
	return verified{eventID: idIn(body, "event_id"), stamped: true}, fresh(stamp, now)
}

func (s Signature) verifyHMAC(secret string, h http.Header, body []byte, now time.Time) (verified, error) {
	text, ok := strings.CutPrefix(one(h, s.Header), s.Prefix)
	if !ok || text == "" {
		return verified{}, errSignature
	}
	decode := hex.DecodeString
	if s.Encoding == "base64" {
		decode = base64.StdEncoding.DecodeString
	}
	algorithm := sha256.New
	if s.Algorithm == "sha512" {
		algorithm = sha512.New
	}
	stamp, signed := "", []byte(nil)
	if s.TimestampHeader != "" {
		if stamp = one(h, s.TimestampHeader); stamp == "" {
			return verified{}, errSignature
		}
		signed = []byte(stamp + ".")
	}
	have, err := decode(text)
	if err != nil || !hmac.Equal(have, mac(algorithm, []byte(secret), signed, body)) {
		return verified{}, errSignature
	}
	// An id in a header is not signed: with another one the same request would count
	// as another event.
	v := verified{eventID: "sha256:" + digestOf(signed, body), stamped: stamp != ""}
	if !v.stamped {
		return v, nil
	}
	return v, fresh(stamp, now)
}

// one is a header that is there once; a second one is somebody's addition.
func one(h http.Header, name string) string {
	if all := h.Values(name); len(all) == 1 {
		return all[0]
	}
	return ""
}

func mac(algorithm func() hash.Hash, key []byte, parts ...[]byte) []byte {
	m := hmac.New(algorithm, key)
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}

// fresh refuses times that are not within the window of now.
func fresh(stamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errWindow
	}
	// In seconds: a difference of times overflows long before one of these does.
	if at := now.Unix(); seconds < at-int64(window/time.Second) || seconds > at+int64(window/time.Second) {
		return errWindow
	}
	return nil
}

// maxEventID bounds the ids of events.
const maxEventID = 255

// idIn is the id that a JSON body gives its event, else the body's digest.
func idIn(body []byte, field string) string {
	var all map[string]json.RawMessage
	var text string
	if json.Unmarshal(body, &all) == nil && json.Unmarshal(all[field], &text) == nil && text != "" && len(text) <= maxEventID {
		return text
	}
	return "sha256:" + digestOf(body)
}

func digestOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
