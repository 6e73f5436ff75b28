package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const signed = "AWS4-HMAC-SHA256 Credential=AKID/20260105/eu-central-1/%s/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000"

// send sends a request as the SDK would, but for what the case changes.
func send(t *testing.T, service, method, url string, body any, header ...string) (int, string, []byte) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", fmt.Sprintf(signed, service))
	req.Header.Set("X-Amz-Date", "20260105T000000Z")
	if service == "events" {
		req.Header.Set("Content-Type", jsonType)
		req.Header.Set("X-Amz-Target", "AWSEvents.PutEvents")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out bytes.Buffer
	if _, err := out.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("X-Amzn-Errortype"), out.Bytes()
}

type obj = map[string]any

const testRole = "arn:aws:iam::000000000000:role/clocks"

func good() obj {
	return obj{"GroupName": "g", "ScheduleExpression": "cron(0 6 ? * 2-6 *)", "ScheduleExpressionTimezone": "Europe/Berlin", "FlexibleTimeWindow": obj{"Mode": "OFF"},
		"Target": obj{"Arn": "arn:aws:lambda:eu-central-1:000000000000:function:f", "RoleArn": testRole, "Input": `{"at":"<aws.scheduler.scheduled-time>"}`}}
}

// TestSchedulesRefused: what EventBridge Scheduler refuses, one thing wrong at a time.
func TestSchedulesRefused(t *testing.T) {
	t.Parallel()
	s := NewScheduler(&SchedulerOptions{Groups: []string{"g"}, Roles: []string{testRole}})
	url := s.Start(t) + "/schedules/"
	set := func(path string, v any) func(obj) {
		return func(o obj) {
			parts := strings.Split(path, ".")
			for _, p := range parts[:len(parts)-1] {
				o = o[p].(obj)
			}
			if last := parts[len(parts)-1]; v == nil {
				delete(o, last)
			} else {
				o[last] = v
			}
		}
	}
	cases := map[string]struct {
		change func(obj)
		code   string
	}{
		"no group":        {set("GroupName", "none"), "ResourceNotFoundException"},
		"no expression":   {set("ScheduleExpression", nil), "ValidationException"},
		"five fields":     {set("ScheduleExpression", "cron(0 6 * * ?)"), "ValidationException"},
		"both days":       {set("ScheduleExpression", "cron(0 6 1 * 2 *)"), "ValidationException"},
		"no day":          {set("ScheduleExpression", "cron(0 6 ? * ? *)"), "ValidationException"},
		"Sunday is 0":     {set("ScheduleExpression", "cron(0 6 ? * 0 *)"), "ValidationException"},
		"minute 60":       {set("ScheduleExpression", "cron(60 6 * * ? *)"), "ValidationException"},
		"plain cron":      {set("ScheduleExpression", "0 6 * * *"), "ValidationException"},
		"long":            {set("ScheduleExpression", "cron(0 6 * * ? "+strings.Repeat("2026,", 60)+"2027)"), "ValidationException"},
		"time zone":       {set("ScheduleExpressionTimezone", "Mars/Olympus"), "ValidationException"},
		"no window":       {set("FlexibleTimeWindow", nil), "ValidationException"},
		"flexible":        {set("FlexibleTimeWindow.Mode", "FLEXIBLE"), "ValidationException"},
		"no target":       {set("Target", nil), "ValidationException"},
		"target":          {set("Target.Arn", "https://example.com"), "ValidationException"},
		"no role":         {set("Target.RoleArn", nil), "ValidationException"},
		"another's role":  {set("Target.RoleArn", "arn:aws:iam::000000000000:role/other"), "ValidationException"},
		"input":           {set("Target.Input", "{"), "ValidationException"},
		"large input":     {set("Target.Input", `"`+strings.Repeat("x", 256<<10)+`"`), "ValidationException"},
		"age":             {set("Target.RetryPolicy", obj{"MaximumEventAgeInSeconds": 59}), "ValidationException"},
		"attempts":        {set("Target.RetryPolicy", obj{"MaximumRetryAttempts": 186}), "ValidationException"},
		"queue":           {set("Target.DeadLetterConfig", obj{"Arn": "arn:aws:sns:eu-central-1:000000000000:t"}), "ValidationException"},
		"state":           {set("State", "ON"), "ValidationException"},
		"unknown members": {set("KmsKeyArn", "x"), "SerializationException"},
	}
	for name, c := range cases {
		in := good()
		c.change(in)
		if _, code, raw := send(t, "scheduler", "POST", url+"one", in); code != c.code {
			t.Errorf("%s: %q, want %s: %s", name, code, c.code, raw)
		}
	}
	for _, name := range []string{"a b", "a/b", strings.Repeat("n", 65), "ä"} {
		if _, code, _ := send(t, "scheduler", "POST", url+name, good()); code != "ValidationException" {
			t.Errorf("name %q: %q", name, code)
		}
	}
	if _, code, _ := send(t, "scheduler", "POST", url+"one", good(), "Authorization", ""); code != "MissingAuthenticationTokenException" {
		t.Errorf("unsigned: %q", code)
	}
	if _, code, _ := send(t, "events", "POST", url+"one", good()); code != "MissingAuthenticationTokenException" {
		t.Errorf("signed for another service: %q", code)
	}
	if len(s.all) != 0 {
		t.Errorf("%d schedules were made", len(s.all))
	}
	steps := []struct{ method, path, code string }{
		{"PUT", "one", "ResourceNotFoundException"}, {"POST", "one", ""}, {"POST", "one", "ConflictException"}, {"PUT", "one", ""},
		{"GET", "one?groupName=g", ""}, {"DELETE", "one", "ResourceNotFoundException"}, {"DELETE", "one?groupName=none", "ResourceNotFoundException"},
		{"DELETE", "one?groupName=g", ""}, {"DELETE", "one?groupName=g", "ResourceNotFoundException"},
	}
	for _, st := range steps {
		if _, code, raw := send(t, "scheduler", st.method, url+st.path, good()); code != st.code {
			t.Errorf("%s %s: %q, want %q: %s", st.method, st.path, code, st.code, raw)
		}
	}
	in := good()
	in["ClientToken"] = "t1"
	for range 2 { // the same request again
		if status, code, _ := send(t, "scheduler", "POST", url+"two", in); status != 200 {
			t.Errorf("%d %s", status, code)
		}
	}
	if _, code, _ := send(t, "scheduler", "POST", url+"three", in); code != "ConflictException" {
		t.Errorf("a token of another request: %q", code)
	}
}

// TestClock: firings come at their minutes, twice where that is asked for.
func TestClock(t *testing.T) {
	t.Parallel()
	var got []string
	fail := 2
	s := NewScheduler(&SchedulerOptions{Began: time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), Groups: []string{"g"}, Roles: []string{testRole}, Twice: true,
		Invoke: func(_ string, payload []byte) error {
			if fail--; fail >= 0 {
				return errors.New("not now")
			}
			got = append(got, string(payload))
			return nil
		}})
	in := good()
	in["ScheduleExpression"] = "cron(30 2 * * ? *)" // on the 25th 2:30 comes twice in Berlin
	if status, code, _ := send(t, "scheduler", "POST", s.Start(t)+"/schedules/one", in); status != 200 {
		t.Fatal(code)
	}
	s.Advance(s.Now().Add(72 * time.Hour))
	want := `{"at":"2026-10-24T00:30:00Z"} {"at":"2026-10-24T00:30:00Z"} {"at":"2026-10-25T00:30:00Z"} {"at":"2026-10-25T00:30:00Z"} {"at":"2026-10-26T01:30:00Z"} {"at":"2026-10-26T01:30:00Z"}`
	if have := strings.Join(got, " "); have != want {
		t.Errorf("%s", have)
	}
}

// TestEventsRefused: what PutEvents refuses, as a whole and entry by entry.
func TestEventsRefused(t *testing.T) {
	t.Parallel()
	b := NewBus(&BusOptions{Buses: []string{"b"}})
	var got int
	b.Add(Rule{Bus: "b", Source: "apiq", Types: []string{"x"}, Target: func([]byte) error { got++; return nil }})
	url := b.Start(t)
	entry := func(more obj) obj {
		e := obj{"Source": "apiq", "DetailType": "x", "Detail": `{}`, "EventBusName": "b"}
		for k, v := range more {
			e[k] = v
		}
		return e
	}
	many := make([]obj, 11)
	for i := range many {
		many[i] = entry(nil)
	}
	for name, c := range map[string]struct {
		entries any
		header  []string
		code    string
	}{
		"none":      {[]obj{}, nil, "ValidationException"},
		"eleven":    {many, nil, "ValidationException"},
		"large":     {[]obj{entry(obj{"Detail": `{"x":"` + strings.Repeat("x", 256<<10) + `"}`})}, nil, "ValidationException"},
		"unsigned":  {[]obj{entry(nil)}, []string{"Authorization", ""}, "MissingAuthenticationTokenException"},
		"operation": {[]obj{entry(nil)}, []string{"X-Amz-Target", "AWSEvents.PutRule"}, "UnknownOperationException"},
		"unknown":   {[]obj{entry(obj{"Colour": "red"})}, nil, "SerializationException"},
	} {
		if status, _, raw := send(t, "events", "POST", url, obj{"Entries": c.entries}, c.header...); status < 400 || !strings.Contains(string(raw), c.code) {
			t.Errorf("%s: %d %s", name, status, raw)
		}
	}
	status, _, raw := send(t, "events", "POST", url, obj{"Entries": []obj{
		entry(nil), entry(obj{"Source": "aws.s3"}), entry(obj{"Detail": "[]"}), entry(obj{"Detail": "{"}), entry(obj{"DetailType": ""}), entry(obj{"EventBusName": "none"}),
		entry(obj{"DetailType": "y"}), entry(obj{"Source": "other"}), entry(obj{"EventBusName": "default"})}})
	var out struct {
		FailedEntryCount int
		Entries          []struct{ EventID, ErrorCode string }
	}
	if err := json.Unmarshal(raw, &out); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, raw, err)
	}
	var codes []string
	for _, e := range out.Entries {
		codes = append(codes, e.ErrorCode)
	}
	if have := strings.Join(codes, ","); out.FailedEntryCount != 5 || have != ",NotAuthorizedForSourceException,MalformedDetail,MalformedDetail,InvalidArgument,InvalidArgument,,," {
		t.Errorf("%d: %s", out.FailedEntryCount, have)
	}
	b.Settle()
	if got != 1 {
		t.Errorf("the rule got %d events", got)
	}
}
