package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Case is one recorded execution, as in a corpus file: an array of these.
type Case struct {
	ID         string          `json:"id"`
	Definition json.RawMessage `json:"definition"`
	Input      json.RawMessage `json:"input"`
	// Final is the type of the last event.
	Final  string  `json:"final"`
	Events []Event `json:"events"`
}

// Event is one recorded event. Details holds its one details object.
type Event struct {
	ID       int64
	Previous int64
	Type     string
	Details  map[string]json.RawMessage
}

// UnmarshalJSON reads an event of GetExecutionHistory.
func (e *Event) UnmarshalJSON(raw []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	for name, v := range fields {
		var err error
		switch {
		case name == "id":
			err = json.Unmarshal(v, &e.ID)
		case name == "previousEventId":
			err = json.Unmarshal(v, &e.Previous)
		case name == "type":
			err = json.Unmarshal(v, &e.Type)
		case strings.HasSuffix(name, "EventDetails"):
			err = json.Unmarshal(v, &e.Details)
		}
		if err != nil {
			return fmt.Errorf("event field %s: %w", name, err)
		}
	}
	return nil
}

// text reads a detail as the string that AWS answered. Recordings hold strings of
// JSON objects as the objects themselves.
func (e *Event) text(name string) string {
	raw := e.Details[name]
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}

// name is the state that the event names, index the iteration; "" and -1 if none.
func (e *Event) name() string { return e.text("name") }

func (e *Event) index() int {
	n := -1
	_ = json.Unmarshal(e.Details["index"], &n)
	return n
}

// maxFile bounds a corpus file.
const maxFile = 256 << 20

// Load reads a corpus file.
func Load(file string) ([]Case, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("replay: %s is larger than %d bytes", file, maxFile)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var cases []Case
	if err := json.Unmarshal(raw, &cases); err != nil {
		return nil, fmt.Errorf("replay: %s is not a list of recorded executions: %w", file, err)
	}
	return cases, nil
}
