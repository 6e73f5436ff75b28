package workflow

import (
	stdjson "encoding/json"
	"fmt"

	"github.com/go-json-experiment/json"
)

// Modes of OnError.
const (
	OnErrorFail     = "fail"
	OnErrorContinue = "continue"
	OnErrorSteps    = "steps"
)

// MarshalJSON writes the union.
func (o OnError) MarshalJSON() ([]byte, error) {
	if o.Mode == OnErrorSteps {
		return stdjson.Marshal(o.Steps)
	}
	return stdjson.Marshal(o.Mode)
}

// UnmarshalJSON reads the union, as strictly as the document around it.
func (o *OnError) UnmarshalJSON(raw []byte) error {
	var mode string
	if len(raw) > 0 && raw[0] == '[' {
		*o = OnError{Mode: OnErrorSteps}
		return json.Unmarshal(raw, &o.Steps, json.RejectUnknownMembers(true))
	}
	if err := json.Unmarshal(raw, &mode); err != nil {
		return err
	}
	if mode != OnErrorFail && mode != OnErrorContinue {
		return fmt.Errorf("workflow: onError %q is neither fail nor continue nor steps", mode)
	}
	*o = OnError{Mode: mode}
	return nil
}
