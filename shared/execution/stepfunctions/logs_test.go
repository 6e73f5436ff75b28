package stepfunctions

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/execution"
)

func payload(t testing.TB, doc string) []byte {
	t.Helper()
	packed, err := pack([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`{"awslogs":{"data":"` + packed + `"}}`)
}

func data(t testing.TB, messages ...string) []byte {
	t.Helper()
	var events []string
	for i, m := range messages {
		quoted, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, fmt.Sprintf(`{"id":"%d","timestamp":1,"message":%s}`, i, quoted))
	}
	return payload(t, `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[`+strings.Join(events, ",")+`]}`)
}

const arn = "arn:aws:states:eu-central-1:1:express:apiq-dev-wsp_1-0123456789abcdef01234567:exe_1:a"

func message(id, kind, details string) string {
	return fmt.Sprintf(`{"id":%q,"type":%q,"details":%s,"redrive_count":"0","previous_event_id":"0","event_timestamp":"1700000000123","execution_arn":%q}`, id, kind, details, arn)
}

func TestParseLogs(t *testing.T) {
	t.Parallel()
	got, skipped, err := ParseLogs(data(t,
		message("1", "ExecutionStarted", `{"input":"{}","inputDetails":{"truncated":false},"roleArn":"arn"}`),
		message("2", "TaskStateEntered", `{"input":"{}","inputDetails":{"truncated":true},"name":"A"}`),
		message("3", "ParallelStateStarted", `{}`),
		message("4", "MapIterationStarted", `{"name":"A","index":0}`),
		message("5", "ParallelStateExited", `{"name":"A","output":"1","assignedVariables":{"a":"1"}}`),
		message("6", "TaskFailed", `{"resource":"invoke","error":"Http.500","cause":"{\"errorMessage\":\"down\",\"errorType\":\"Http.500\"}"}`),
		message("7", "ExecutionFailed", `{"error":"No","cause":"{\"errorMessage\":\"kept\",\"errorType\":\"Another\"}"}`),
		message("8", "ExecutionTimedOut", `null`),
	))
	if err != nil || skipped != 0 {
		t.Fatalf("%d skipped: %v", skipped, err)
	}
	at := time.UnixMilli(1700000000123).UTC()
	var events []execution.HistoryEvent
	for _, l := range got {
		if l.Execution != arn {
			t.Errorf("execution %s", l.Execution)
		}
		events = append(events, l.event())
	}
	want := []execution.HistoryEvent{
		{ID: 1, Type: "ExecutionStarted", DetailsKey: "executionStartedEventDetails", Details: json.RawMessage(`{"input":"{}","inputDetails":{"truncated":false},"roleArn":"arn"}`)},
		{ID: 2, Type: "TaskStateEntered", DetailsKey: "stateEnteredEventDetails", Details: json.RawMessage(`{"input":"{}","inputDetails":{"truncated":true},"name":"A"}`)},
		{ID: 3, Type: "ParallelStateStarted"},
		{ID: 4, Type: "MapIterationStarted", DetailsKey: "mapIterationStartedEventDetails", Details: json.RawMessage(`{"name":"A","index":0}`)},
		{ID: 5, Type: "ParallelStateExited", DetailsKey: "stateExitedEventDetails", Details: json.RawMessage(`{"name":"A","output":"1","assignedVariables":{"a":"1"}}`)},
		{ID: 6, Type: "TaskFailed", DetailsKey: "taskFailedEventDetails", Details: json.RawMessage(`{"cause":"down","error":"Http.500","resource":"invoke"}`)},
		{ID: 7, Type: "ExecutionFailed", DetailsKey: "executionFailedEventDetails", Details: json.RawMessage(`{"cause":"{\"errorMessage\":\"kept\",\"errorType\":\"Another\"}","error":"No"}`)},
		{ID: 8, Type: "ExecutionTimedOut"},
	}
	for i := range want {
		want[i].Timestamp = at
	}
	if d := cmp.Diff(want, events, cmp.Transformer("text", func(r json.RawMessage) string { return string(r) })); d != "" {
		t.Error(d)
	}
}

func TestParseLogsRefuses(t *testing.T) {
	t.Parallel()
	packed, err := pack([]byte(strings.Repeat(" ", maxUnpacked+1)))
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string][]byte{
		"nothing":        nil,
		"no JSON":        []byte("x"),
		"no data":        []byte(`{}`),
		"no base64":      []byte(`{"awslogs":{"data":"%%%"}}`),
		"no gzip":        []byte(`{"awslogs":{"data":"aGVsbG8="}}`),
		"no JSON inside": payload(t, "x"),
		"another type":   payload(t, `{"messageType":"OTHER"}`),
		"a bomb":         []byte(`{"awslogs":{"data":"` + packed + `"}}`),
		"too large":      []byte(`{"awslogs":{"data":"` + strings.Repeat("A", maxPayload) + `"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if events, _, err := ParseLogs(in); !errors.Is(err, ErrPayload) || len(events) != 0 {
				t.Errorf("%d events: %v", len(events), err)
			}
		})
	}
	if events, skipped, err := ParseLogs(payload(t, `{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE: Checking health of destination Lambda."}]}`)); err != nil || skipped+len(events) != 0 {
		t.Errorf("control message: %d %d %v", len(events), skipped, err)
	}
	hostile := []string{
		"plain text", "{}", "[]", `{"id":1}`,
		message("0", "A", "{}"), message("-1", "A", "{}"), message("25001", "A", "{}"), message("1e3", "A", "{}"), message("", "A", "{}"),
		message("1", "", "{}"), message("1", strings.Repeat("A", 81), "{}"),
		strings.Replace(message("1", "A", "{}"), `"previous_event_id":"0"`, `"previous_event_id":"1"`, 1),
		strings.Replace(message("1", "A", "{}"), arn, strings.Repeat("a", maxARN+1), 1),
		strings.Replace(message("1", "A", "{}"), "1700000000123", "soon", 1),
	}
	if events, skipped, err := ParseLogs(data(t, hostile...)); err != nil || len(events) != 0 || skipped != len(hostile) {
		t.Errorf("hostile: %d events, %d skipped: %v", len(events), skipped, err)
	}
}

// TestShorten: an event that is too long for an item keeps its short fields.
func TestShorten(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxBatch)
	got := shorten(json.RawMessage(`{"name":"A","output":"` + long + `","assignedVariables":{"a":"1"}}`))
	if want := `{"assignedVariables":{"a":"1"},"name":"A","outputDetails":{"truncated":true}}`; string(got) != want {
		t.Errorf("%.300s, want %s", got, want)
	}
	if got := shorten(json.RawMessage(`[]`)); got != nil {
		t.Errorf("%s", got)
	}
}

func FuzzParseLogs(f *testing.F) {
	f.Add([]byte(`{"messageType":"DATA_MESSAGE","logEvents":[{"message":"{}"}]}`))
	f.Add([]byte(`{"messageType":"DATA_MESSAGE","logEvents":[{"message":` + fmt.Sprintf("%q", message("1", "TaskFailed", `{"error":"E","cause":"{}"}`)) + `}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, in := range [][]byte{doc, payload(t, string(doc))} {
			events, _, err := ParseLogs(in)
			if err != nil && !errors.Is(err, ErrPayload) {
				t.Errorf("%v", err)
			}
			for _, l := range events {
				if e := l.event(); e.ID < 1 || e.PreviousID >= e.ID || len(e.Details) > 0 && !json.Valid(e.Details) {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}
