package trigger_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/trigger"
)

func sum(algorithm func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(algorithm, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// signer signs as a sender of one kind does.
type signer struct {
	name      string
	signature trigger.Signature
	secret    string
	// sign gives the headers; id is used where the kind signs one.
	sign func(secret, id, body string, at time.Time) http.Header
	// stamped: a time is signed.
	stamped bool
	// body of an event of that id, where the id lies in the body.
	body func(id string) string
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func signers() []signer {
	plain := func(id string) string { return `{"n":"` + id + `"}` }
	key, _ := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	hmacOf := func(at time.Time, text string) string { return fmt.Sprint(at.Unix()) + "." + text }
	return []signer{
		{"standard", trigger.Signature{Kind: trigger.KindStandard}, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", func(_, id, body string, at time.Time) http.Header {
			s := base64.StdEncoding.EncodeToString(sum(sha256.New, key, id+"."+fmt.Sprint(at.Unix())+"."+body))
			return headers("webhook-id", id, "webhook-timestamp", fmt.Sprint(at.Unix()), "webhook-signature", "v1,bm9uZQ== v1a,x v1,"+s)
		}, true, plain},
		{"stripe", trigger.Signature{Kind: trigger.KindStripe}, "whsec_stripe", func(secret, _, body string, at time.Time) http.Header {
			s := hex.EncodeToString(sum(sha256.New, []byte(secret), hmacOf(at, body)))
			return headers("Stripe-Signature", fmt.Sprintf("t=%d,v1=00,v1=%s,v0=%s", at.Unix(), s, s))
		}, true, func(id string) string { return `{"id":"` + id + `","type":"charge.failed"}` }},
		{"github", trigger.Signature{Kind: trigger.KindGitHub}, "It's a Secret to Everybody", func(secret, id, body string, _ time.Time) http.Header {
			return headers("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum(sha256.New, []byte(secret), body)), "X-GitHub-Delivery", id, "X-GitHub-Event", "push")
		}, false, plain},
		{"slack", trigger.Signature{Kind: trigger.KindSlack}, "8f742231b10e8888abcd99yyyzzz85a5", func(secret, _, body string, at time.Time) http.Header {
			s := hex.EncodeToString(sum(sha256.New, []byte(secret), fmt.Sprintf("v0:%d:%s", at.Unix(), body)))
			return headers("X-Slack-Request-Timestamp", fmt.Sprint(at.Unix()), "X-Slack-Signature", "v0="+s)
		}, true, func(id string) string { return `{"event_id":"` + id + `","type":"event_callback"}` }},
		{"hmac", trigger.Signature{Kind: trigger.KindHMAC, Header: "X-Shop-Hmac", Encoding: "base64"}, "shop secret", func(secret, _, body string, _ time.Time) http.Header {
			return headers("x-shop-hmac", base64.StdEncoding.EncodeToString(sum(sha256.New, []byte(secret), body)))
		}, false, plain},
		{"hmac with time", trigger.Signature{Kind: trigger.KindHMAC, Header: "X-Sign", Algorithm: "sha512", Prefix: "s512:", TimestampHeader: "X-Time"}, "a secret", func(secret, _, body string, at time.Time) http.Header {
			return headers("X-Time", fmt.Sprint(at.Unix()), "X-Sign", "s512:"+hex.EncodeToString(sum(sha512.New, []byte(secret), hmacOf(at, body))))
		}, true, plain},
	}
}

// TestVectors: signatures that the senders' own documentation gives.
func TestVectors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind         trigger.Kind
		secret, body string
		header       http.Header
		at           int64
	}{
		// docs.github.com, "Testing the webhook payload validation".
		"github": {trigger.KindGitHub, "It's a Secret to Everybody", "Hello, World!",
			headers("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"), 0},
		// github.com/standard-webhooks, the libraries' common test vector.
		"standard": {trigger.KindStandard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", `{"test": 2432232314}`,
			headers("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp", "1614265330", "webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), 1614265330},
		// docs.slack.dev, "Verifying requests from Slack".
		"slack": {trigger.KindSlack, "8f742231b10e8888abcd99yyyzzz85a5",
			"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
			headers("X-Slack-Request-Timestamp", "1531420618", "X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"), 1531420618},
	} {
		h := newHome(t)
		if c.at > 0 {
			h.time.Set(time.Unix(c.at+60, 0))
		}
		made := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: c.kind}, Secret: ptr(secret.New(c.secret))})
		if _, err := h.Receive(t.Context(), made.ID, c.header, []byte(c.body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKinds: each kind is accepted once, refused when anything is wrong, and
// starts one run when it is replayed.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, s := range signers() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			made := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &s.signature, Secret: ptr(secret.New(s.secret))})
			other := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &s.signature})
			body, now := s.body("evt_1"), h.time.Now()
			good := s.sign(s.secret, "evt_1", body, now)
			receive := func(tid string, header http.Header, body string) (trigger.Receipt, apierr.Code) {
				r, err := h.Receive(t.Context(), tid, header, []byte(body))
				return r, code(err)
			}
			first, c := receive(made.ID, good, body)
			if c != "" || first.Duplicate {
				t.Fatalf("%s %+v", c, first)
			}
			for range 3 {
				if again, c := receive(made.ID, good, body); c != "" || !again.Duplicate || again.DeliveryID != first.DeliveryID {
					t.Errorf("replayed: %s %+v", c, again)
				}
			}
			h.settle(time.Second)
			h.expect(body)
			broken := func(change func(http.Header)) http.Header {
				header := good.Clone()
				change(header)
				return header
			}
			for name, c := range map[string]struct {
				tid    string
				header http.Header
				body   string
			}{
				"another body":    {made.ID, good, body + " "},
				"no headers":      {made.ID, http.Header{}, body},
				"another secret":  {made.ID, s.sign("whsec_"+strings.Repeat("A", 32), "evt_1", body+"x", now), body},
				"another trigger": {other.ID, good, body},
				"doubled headers": {made.ID, broken(func(header http.Header) {
					for name, v := range header {
						header[name] = append(v, v...)
					}
				}), body},
				"cut headers": {made.ID, broken(func(header http.Header) {
					for name, v := range header {
						header[name] = []string{v[0][:len(v[0])/2]}
					}
				}), body},
				"no such trigger": {"trg_0190aaaa-0000-7000-8000-000000000000", good, body},
				"no id":           {"x", good, body},
			} {
				_, err := h.Receive(t.Context(), c.tid, c.header, []byte(c.body))
				if e := apierr.From(err); e.Code != apierr.NotFound || e.Detail != "There is no such webhook, or the signature does not fit it." {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, at := range []time.Time{now.Add(-6 * time.Minute), now.Add(6 * time.Minute), time.Unix(0, 0), now.Add(1e6 * time.Hour)} {
				body := s.body("evt " + at.String())
				_, c := receive(made.ID, s.sign(s.secret, "evt_2", body, at), body)
				if want := map[bool]apierr.Code{true: apierr.ValidationFailed}[s.stamped]; c != want {
					t.Errorf("signed at %v: %q, want %q", at, c, want)
				}
			}
			h.settle(time.Second)
			h.inputs()
			// An old request comes again, after the window.
			h.time.Add(10 * time.Minute)
			again, c := receive(made.ID, good, body)
			if s.stamped && c != apierr.ValidationFailed || !s.stamped && !again.Duplicate {
				t.Errorf("after the window: %q %+v", c, again)
			}
			// The sender itself tries again later: a new time, the same event.
			later := s.sign(s.secret, "evt_1", body, h.time.Now())
			if r, c := receive(made.ID, later, body); c != "" || r.Duplicate == (s.name == "hmac with time") {
				t.Errorf("sent again: %q %+v", c, r)
			}
			if !s.stamped {
				// What is not signed makes no other event of it.
				forged := good.Clone()
				forged.Set("X-GitHub-Delivery", "other")
				if r, c := receive(made.ID, forged, body); c != "" || !r.Duplicate {
					t.Errorf("with another unsigned id: %q %+v", c, r)
				}
			}
			if _, err := h.Update(h.ctx, h.flow, made.ID, 0, trigger.Input{Enabled: ptr(false)}); err != nil {
				t.Fatal(err)
			}
			if _, c := receive(made.ID, s.sign(s.secret, "evt_3", body, h.time.Now()), body); c != apierr.NotFound {
				t.Errorf("disabled: %q", c)
			}
		})
	}
}

// TestChallenge: Slack is answered what it asks, when it signs.
func TestChallenge(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, s := range signers() {
		made := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &s.signature, Secret: ptr(secret.New(s.secret))})
		body := `{"token":"x","challenge":"3eZbrw1aB","type":"url_verification"}`
		r, err := h.Receive(t.Context(), made.ID, s.sign(s.secret, "1", body, h.time.Now()), []byte(body))
		if want := map[string]string{"slack": "3eZbrw1aB"}[s.name]; err != nil || r.Challenge != want {
			t.Errorf("%s: %q %v", s.name, r.Challenge, err)
		}
	}
}

// FuzzReceive: whatever is sent, nobody gets in without the secret, and nothing panics.
func FuzzReceive(f *testing.F) {
	for i, s := range signers() {
		for name, v := range s.sign(s.secret, "id", "{}", time.Unix(1767607230, 0)) {
			f.Add(uint8(i), name, v[0], []byte("{}"))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, name, value string, body []byte) {
		s := signers()[int(kind)%len(signers())]
		_, err := trigger.Verify(s.signature, "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("unguessable", 3))), http.Header{http.CanonicalHeaderKey(name): {value}}, body, time.Unix(1767607230, 0))
		if err == nil {
			t.Errorf("%s: %q: %q let in", s.name, name, value)
		}
	})
}
