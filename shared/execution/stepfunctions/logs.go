package stepfunctions

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/execution"
)

// LogEvent is one event of an express execution's history, as Step Functions logs
// it at level ALL.
type LogEvent struct {
	ID, Previous int64
	Type         string
	At           time.Time
	Details      json.RawMessage
	// Execution is the execution's ARN.
	Execution string
}

// Bounds of a subscription's payload. CloudWatch Logs delivers what fits into an
// asynchronous invocation's event (1 MB), packed.
const (
	maxPayload  = 8 << 20
	maxUnpacked = 64 << 20
	maxEventID  = 25_000
)

// ErrPayload: what came is no payload of a log subscription.
var ErrPayload = errors.New("stepfunctions: no payload of a log subscription")

// ParseLogs reads the event that CloudWatch Logs invokes a subscribed function with
// (CloudWatch Logs User Guide, "Subscription filters"). Messages that are no
// history event are left out and counted. The error is ErrPayload: the same payload
// will never be one.
func ParseLogs(payload []byte) (events []LogEvent, skipped int, err error) {
	if len(payload) > maxPayload {
		return nil, 0, fmt.Errorf("%w: %d bytes", ErrPayload, len(payload))
	}
	var in struct {
		Logs struct {
			Data string `json:"data"`
		} `json:"awslogs"`
	}
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	doc, err := unpack(in.Logs.Data, maxUnpacked)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	var logs struct {
		Type   string `json:"messageType"`
		Events []struct {
			Message string `json:"message"`
		} `json:"logEvents"`
	}
	if err := json.Unmarshal(doc, &logs); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	switch logs.Type {
	case "DATA_MESSAGE":
	case "CONTROL_MESSAGE": // CloudWatch looks whether anybody is there
		return nil, 0, nil
	default:
		return nil, 0, fmt.Errorf("%w: a message of type %.40q", ErrPayload, logs.Type)
	}
	for _, one := range logs.Events {
		e, ok := parseEvent(one.Message)
		if !ok {
			skipped++
			continue
		}
		events = append(events, e)
	}
	return events, skipped, nil
}

func parseEvent(message string) (LogEvent, bool) {
	var m struct {
		ID        string          `json:"id"`
		Type      string          `json:"type"`
		Details   json.RawMessage `json:"details"`
		Previous  string          `json:"previous_event_id"`
		At        string          `json:"event_timestamp"`
		Execution string          `json:"execution_arn"`
	}
	if json.Unmarshal([]byte(message), &m) != nil {
		return LogEvent{}, false
	}
	id, err1 := strconv.ParseInt(m.ID, 10, 64)
	previous, err2 := strconv.ParseInt(m.Previous, 10, 64)
	at, err3 := strconv.ParseInt(m.At, 10, 64)
	ok := err1 == nil && err2 == nil && err3 == nil && id >= 1 && id <= maxEventID && previous >= 0 && previous < id &&
		m.Type != "" && len(m.Type) <= maxName && m.Execution != "" && len(m.Execution) <= maxARN
	return LogEvent{ID: id, Previous: previous, Type: m.Type, At: time.UnixMilli(at).UTC(), Details: m.Details, Execution: m.Execution}, ok
}

// event gives a logged event the form that GetExecutionHistory would have given it.
func (l LogEvent) event() execution.HistoryEvent {
	out := execution.HistoryEvent{ID: l.ID, PreviousID: l.Previous, Type: l.Type, Timestamp: l.At}
	if d := bytes.TrimSpace(l.Details); len(d) > 0 && d[0] == '{' && !bare(l.Type) {
		out.DetailsKey, out.Details = detailsKey(l.Type), plainDetails(d)
	}
	return out
}

// plainDetails gives an error's details their plain cause.
func plainDetails(details json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	var errorName, cause string
	if json.Unmarshal(details, &fields) != nil || json.Unmarshal(fields["error"], &errorName) != nil || json.Unmarshal(fields["cause"], &cause) != nil {
		return details
	}
	plain, err := json.Marshal(execution.PlainCause(errorName, cause))
	if err != nil {
		return details
	}
	fields["cause"] = plain
	if out, err := json.Marshal(fields); err == nil {
		return out
	}
	return details
}

// bare says whether events of a type have no details object (API reference,
// HistoryEvent).
func bare(kind string) bool {
	switch kind {
	case "MapStateAborted", "MapStateFailed", "MapStateSucceeded", "LambdaFunctionStarted", "WaitStateAborted", "TaskStateAborted":
		return true
	}
	return strings.HasPrefix(kind, "ParallelState") && !strings.HasSuffix(kind, "Entered") && !strings.HasSuffix(kind, "Exited")
}

func detailsKey(kind string) string {
	switch {
	case strings.HasSuffix(kind, "StateEntered"):
		return "stateEnteredEventDetails"
	case strings.HasSuffix(kind, "StateExited"):
		return "stateExitedEventDetails"
	}
	return onWire(kind) + "EventDetails"
}

// pack and unpack keep documents as base64 of their gzip, as CloudWatch does.
func pack(doc []byte) (string, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(doc); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func unpack(text string, most int64) ([]byte, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return nil, err
	}
	doc, err := io.ReadAll(io.LimitReader(z, most+1))
	if err == nil && int64(len(doc)) > most {
		err = fmt.Errorf("more than %d bytes when unpacked", most)
	}
	return doc, err
}
