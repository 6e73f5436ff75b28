package execution

import (
	"encoding/json"
	"strings"
)

// PlainCause takes a function's message out of what Step Functions gives as the cause
// of its error: the whole of the function's answer, as JSON text.
func PlainCause(errorName, cause string) string {
	if !strings.HasPrefix(cause, "{") || errorName == "" {
		return cause
	}
	var answer struct {
		Type    string  `json:"errorType"`
		Message *string `json:"errorMessage"`
	}
	if json.Unmarshal([]byte(cause), &answer) != nil || answer.Type != errorName || answer.Message == nil {
		return cause
	}
	return *answer.Message
}
