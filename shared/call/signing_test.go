package call_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

// signed is a credential of each type that signs.
func signed() map[string]connection.Credential {
	return map[string]connection.Credential{
		"AWS": {Type: connection.AuthAWS, AWS: sign.AWS{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret.New("s"), SessionToken: secret.New("session"), Region: "eu-central-1", Service: "s3"}},
		"HMAC": {Type: connection.AuthHMAC, Secret: secret.New("s"), Headers: map[string]secret.Secret{"X-Key": secret.New("id")}, Scheme: sign.Scheme{
			Template: "{timestamp}{header:X-Key}{header:Idempotency-Key}{method}{target}{body}", Name: "X-Sign", Timestamp: &sign.Timestamp{Name: "X-Time", Unit: "us"}}},
	}
}

// TestEachAttemptIsSignedAnew: the API verifies each attempt, of which no two have the
// same time, over all that the request came to be: its idempotency key and body too.
func TestEachAttemptIsSignedAnew(t *testing.T) {
	t.Parallel()
	for name, cred := range signed() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a *api
			seen := map[string]bool{}
			a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if a.count() < 3 {
					reply(503, `{}`, "Retry-After", "2")(w, r)
					return
				}
				reply(200, `{"ok":true}`)(w, r)
			})
			k := newKit(t, a.URL, func(k *kit) { k.cred, k.conn.AuthType = cred, cred.Type })
			if _, failed := k.handle(k.task("keyed")); failed != "" {
				t.Fatal(failed)
			}
			if a.count() != 3 {
				t.Fatalf("%d attempts", a.count())
			}
			for i := range 3 {
				r := a.hit(i)
				got, at := r.Header.Get("Authorization"), r.Header.Get("X-Amz-Date")
				if name == "HMAC" {
					got, at = r.Header.Get("X-Sign"), r.Header.Get("X-Time")
				}
				if seen[at] {
					t.Errorf("attempt %d has the time of another: %s", i+1, at)
				}
				seen[at] = true
				again, err := http.NewRequestWithContext(t.Context(), r.Method, "http://"+r.Host+r.RequestURI, strings.NewReader(a.body[i]))
				if err != nil {
					t.Fatal(err)
				}
				again.Header = r.Header.Clone()
				again.Header.Del("Content-Length")
				var want string
				if name == "HMAC" {
					us, _ := time.ParseDuration(at + "us")
					err = cred.Scheme.Sign(again, cred.Secret, time.UnixMicro(0).Add(us))
					want = again.Header.Get("X-Sign")
				} else {
					var stamp time.Time
					if stamp, err = time.Parse("20060102T150405Z", at); err == nil {
						err = cred.AWS.Sign(again, stamp)
					}
					want = again.Header.Get("Authorization")
				}
				if err != nil || got == "" || got != want {
					t.Errorf("attempt %d: %v\ngot  %s\nwant %s", i+1, err, got, want)
				}
			}
			kept, _ := json.Marshal(k.steps())
			for i := range 3 {
				for _, header := range []string{"Authorization", "X-Sign", "X-Amz-Security-Token"} {
					if v := a.hit(i).Header.Get(header); v != "" && strings.Contains(string(kept), v) {
						t.Errorf("the record holds %s: %s", header, v)
					}
				}
			}
		})
	}
}

// TestSignatureStaysAtItsOrigin: neither signature nor key goes to another origin.
func TestSignatureStaysAtItsOrigin(t *testing.T) {
	t.Parallel()
	for name, cred := range signed() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := newAPI(t, reply(200, `{"ok":true}`))
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x", http.StatusFound) })
			k := newKit(t, a.URL, func(k *kit) { k.cred, k.conn.AuthType = cred, cred.Type })
			if _, failed := k.handle(k.task("list")); failed != "" {
				t.Fatal(failed)
			}
			for _, header := range []string{"Authorization", "X-Sign", "X-Key", "X-Time", "X-Amz-Security-Token", "X-Amz-Date"} {
				if v := other.hit(0).Header.Get(header); v != "" {
					t.Errorf("%s went along", header)
				}
			}
		})
	}
}

// TestWhatTheSignatureFillsIsNotBound: a step cannot bind what the credential fills, and
// what it cannot sign with is told as a credential's fault, before anything is sent.
func TestWhatTheSignatureFillsIsNotBound(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":true}`))
	k := newKit(t, a.URL, func(k *kit) { k.cred = signed()["HMAC"]; k.conn.AuthType = connection.AuthHMAC })
	task := k.task("list")
	task.Headers = map[string]json.RawMessage{"x-sign": json.RawMessage(`"mine"`)}
	if _, failed := k.handle(task); failed != call.ErrSchemaMismatch {
		t.Error(failed)
	}
	k.cred.Scheme.SecretEncoding = "base64"
	k.cred.Secret = secret.New("???")
	task = k.task("list")
	task.Path = "other"
	if _, failed := k.handle(task); failed != call.ErrReauthorize {
		t.Error(failed)
	}
	if a.count() != 0 {
		t.Errorf("%d requests left", a.count())
	}
}
