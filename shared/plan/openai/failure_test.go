package openai_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/openai"
	"github.com/apiq/apiq/shared/secret"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	good := answer("api1/deleteBook", "id")
	for _, tt := range []struct {
		name       string
		replies    []reply
		reason     string
		repairable bool
		impossible bool
		ok         bool
		calls      int
	}{
		{name: "unknown operation", replies: []reply{{Content: answer("api9/nope", "id")}}, reason: "not one of those offered", repairable: true, calls: 1},
		{name: "bad pointer", replies: []reply{{Content: answer("api1/deleteBook", "nope")}}, reason: `the items have no "nope"`, repairable: true, calls: 1},
		{name: "truncated JSON", replies: []reply{{Content: good[:200]}}, reason: "not the JSON", repairable: true, calls: 1},
		{name: "cut by length", replies: []reply{{Content: good[:200], Finish: "length"}}, reason: "cut short", repairable: true, calls: 1},
		{name: "prose", replies: []reply{{Content: "I cannot do that."}}, reason: "not the JSON", repairable: true, calls: 1},
		{name: "refusal", replies: []reply{{Refusal: "No."}}, reason: "declined", calls: 1},
		{name: "impossible", replies: []reply{{Content: `{"possible":false,"reason":"There is no pizza.","name":"","steps":[]}`}}, reason: "There is no pizza.", impossible: true, calls: 1},
		{name: "no choices", replies: []reply{{Raw: `{"id":"x","choices":[]}`}}, reason: "no answer", calls: 1},
		{name: "rate limit", replies: []reply{{Status: 429, Raw: `{"error":{"message":"slow down","type":"rate","code":"rate","param":""}}`, Header: map[string]string{"Retry-After": "30"}}}, reason: "rate limit", calls: 1},
		{name: "short rate limit", replies: []reply{{Status: 429, Raw: `{"error":{"message":"slow down"}}`, Header: map[string]string{"Retry-After": "0"}}, {Content: good}}, ok: true, calls: 2},
		{name: "wrong key, quoted as its code", replies: []reply{{Status: 401, Raw: `{"error":{"message":"bad","code":"` + key + `","type":"` + key + `"}}`}}, reason: "refused the configured key", calls: 1},
		{name: "wrong key", replies: []reply{{Status: 401, Raw: `{"error":{"message":"bad key ` + key + `"}}`}}, reason: "refused the configured key", calls: 1},
		{name: "unknown model", replies: []reply{{Status: 404, Raw: `{"error":{"message":"no model"}}`}}, reason: "does not exist", calls: 1},
		{name: "rate limit by date", replies: []reply{{Status: 429, Raw: `{"error":{"message":"slow down"}}`, Header: map[string]string{"Retry-After": "Wed, 21 Oct 2065 07:28:00 GMT"}}}, reason: "rate limit", calls: 1},
		{name: "rate limit by a date gone by", replies: []reply{{Status: 429, Raw: `{"error":{"message":"slow down"}}`, Header: map[string]string{"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}}, {Content: good}}, ok: true, calls: 2},
		{name: "rate limit without a word", replies: []reply{{Status: 429, Raw: `{"error":{"message":"slow down"}}`}}, reason: "rate limit", calls: 1},
		{name: "still at the limit", replies: []reply{{Status: 429, Raw: `{"error":{"message":"slow down"}}`, Header: map[string]string{"Retry-After": "0"}}}, reason: "rate limit", calls: 2},
		{name: "overloaded", replies: []reply{{Status: 503, Raw: `{"error":{"message":"busy"}}`, Header: map[string]string{"Retry-After": "0.001"}}, {Content: good}}, ok: true, calls: 2},
		{name: "server error", replies: []reply{{Status: 500, Raw: `oops`}}, reason: "status 500", calls: 1},
		{name: "no strict schema", replies: []reply{{Status: 400, Raw: `{"error":{"message":"response_format json_schema is not supported"}}`}, {Content: good}}, ok: true, calls: 2},
		{name: "schemas not built in", replies: []reply{{Status: 501, Raw: `{"error":{"message":"json_schema: not implemented"}}`}, {Content: good}}, ok: true, calls: 2},
		{name: "another fault of the request", replies: []reply{{Status: 400, Raw: `{"error":{"message":"context too long"}}`}}, reason: "status 400", calls: 1},
		{name: "no format at all", replies: []reply{
			{Status: 400, Raw: `{"error":{"message":"unknown field response_format"}}`}, {Status: 422, Raw: `{"error":{"message":"unknown field response_format"}}`},
			{Content: "Here is the plan:\n```json\n" + good + "\n```"}}, ok: true, calls: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := script(t, tt.replies...)
			m := model(t, s)
			res, err := m.Draft(context.Background(), request(t, goal))
			if s.calls() != tt.calls {
				t.Errorf("%d calls, want %d", s.calls(), tt.calls)
			}
			if tt.ok {
				if err != nil || len(res.Draft.Steps) != 3 || res.Usage.Calls != tt.calls {
					t.Fatalf("draft %+v, err %v", res.Draft, err)
				}
				return
			}
			var failed *plan.ModelError
			if !errors.As(err, &failed) {
				t.Fatalf("err %v is no ModelError", err)
			}
			if !strings.Contains(failed.Reason, tt.reason) || (len(failed.Problems) > 0) != tt.repairable || failed.Impossible != tt.impossible {
				t.Errorf("%+v", failed)
			}
			if failed.Usage.Calls != tt.calls || failed.Usage.Model != "test-model" {
				t.Errorf("usage %+v", failed.Usage)
			}
			if strings.Contains(err.Error(), key) {
				t.Error("the error holds the key")
			}
		})
	}
}

func TestModeIsRemembered(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Status: 400, Raw: `{"error":{"message":"json_schema unsupported"}}`}, reply{Content: answer("api1/deleteBook", "id")})
	m := model(t, s)
	for range 2 {
		if _, err := m.Draft(context.Background(), request(t, goal)); err != nil {
			t.Fatal(err)
		}
	}
	if s.calls() != 3 || !strings.Contains(s.sent(2), "json_object") {
		t.Errorf("%d calls; the last: %.200s", s.calls(), s.sent(2))
	}
}

// A schema that a server could not take says nothing of the next one.
func TestModeAfterOneBadSchema(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Status: 400, Raw: `{"error":{"message":"Invalid schema for response_format 'plan'"}}`}, reply{Content: answer("api1/deleteBook", "id")})
	m := model(t, s)
	for range 2 {
		if _, err := m.Draft(context.Background(), request(t, goal)); err != nil {
			t.Fatal(err)
		}
	}
	if s.calls() != 3 || s.read(t, 1).Format.Type != "json_object" || s.read(t, 2).Format.Type != "json_schema" {
		t.Errorf("%d calls, formats %s, %s", s.calls(), s.read(t, 1).Format.Type, s.read(t, 2).Format.Type)
	}
}

// A server that asks for a longer pause is not asked again before its end, and
// five minutes are the most that it can ask for.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for after, rest := range map[string]time.Duration{"30": 30 * time.Second, "86400": 5 * time.Minute} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			s := script(t, reply{Status: 429, Raw: `{"error":{"message":"slow down"}}`, Header: map[string]string{"Retry-After": after}}, reply{Content: answer("api1/deleteBook", "id")})
			start := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
			clock := start
			m, err := openai.New(secret.New(key), &openai.Options{BaseURL: s.BaseURL(), Client: s.Client(), Now: func() time.Time { return clock }})
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []time.Duration{0, rest - time.Second} {
				clock = start.Add(at)
				var failed *plan.ModelError
				if _, err := m.Draft(context.Background(), request(t, goal)); !errors.As(err, &failed) || !strings.Contains(failed.Reason, "rate limit") || s.calls() != 1 {
					t.Errorf("after %v: err %v, %d calls", at, err, s.calls())
				}
			}
			clock = start.Add(rest)
			if _, err := m.Draft(context.Background(), request(t, goal)); err != nil || s.calls() != 2 {
				t.Errorf("%d calls, err %v", s.calls(), err)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Hang: true})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := model(t, s).Draft(ctx, request(t, goal))
	var failed *plan.ModelError
	if !errors.As(err, &failed) || !strings.Contains(failed.Reason, "in time") {
		t.Errorf("err %v", err)
	}
}

func TestEndlessAnswerIsCut(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Raw: `{"choices":[{"message":{"content":"` + strings.Repeat("a", 3<<20) + `"}}]}`})
	if _, err := model(t, s).Draft(context.Background(), request(t, goal)); err == nil {
		t.Error("an answer of 3 MiB was taken")
	}
}
