package workflow

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/expr"
)

// Policies of Concurrency: what becomes of a start for which there is no room.
const (
	PolicyAllow  = "allow"  // there always is
	PolicyQueue  = "queue"  // it waits for its turn
	PolicySkip   = "skip"   // it does not run
	PolicyCancel = "cancel" // the oldest run is cancelled for it
)

// Concurrency says how many runs of a workflow may be under way at once. Its
// versions share the room.
type Concurrency struct {
	// Limit is 1 to 100; 0 means 1.
	Limit  int    `json:"limit,omitempty"`
	Policy string `json:"policy"`
	// Key is an {% expression %} over $input: the limit holds for the runs of each
	// of its values by themselves.
	Key string `json:"key,omitempty"`
}

const (
	// maxKeySource is the longest expression of a key, and maxKey its longest value, in bytes.
	maxKeySource = 1024
	maxKey       = 256
)

func (v *validator) concurrency(at string, c *Concurrency) {
	if c == nil {
		return
	}
	if c.Policy == PolicyAllow && (c.Limit != 0 || c.Key != "") {
		v.put(at+"/policy", "unexpected", "allow takes neither limit nor key, for every start runs: leave them out, or choose queue, skip or cancel.")
		return
	}
	switch {
	case c.Key == "":
	case len(c.Key) > maxKeySource:
		v.put(at+"/key", "too_large", fmt.Sprintf("The key's expression has at most %d bytes.", maxKeySource))
	default:
		v.expression(at+"/key", c.Key, &scope{names: []string{"input"}})
	}
}

// Bound is how many runs of a group may be under way at once, 0 for any number.
func (c *Concurrency) Bound() int {
	if c == nil || c.Policy == PolicyAllow {
		return 0
	}
	return max(1, c.Limit)
}

// Group names the runs that a run of this input shares the limit with: those of the
// same key. Those whose key is undefined or null, or that have none, are the group "";
// a number is in the group of the text that it is written as. The error is
// VALIDATION_FAILED.
func (c *Concurrency) Group(ctx context.Context, input json.RawMessage) (string, error) {
	src, ok := expr.Unwrap(c.Key)
	if !ok {
		return "", nil
	}
	program, err := expr.Compile(src, nil)
	if err != nil {
		return "", apierr.Wrap(apierr.WorkflowInvalid, "The workflow's concurrency key is not usable.", err)
	}
	in, err := expr.Decode(input)
	if err != nil {
		return "", badKey("the input is not JSON")
	}
	out, err := program.Eval(ctx, nil, map[string]any{"input": in})
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", badKey(err.Error())
	case expr.IsUndefined(out) || expr.IsNull(out):
		return "", nil
	}
	raw, err := expr.Encode(out, 8*maxKey)
	if err != nil {
		return "", badKey("it is too long or no value")
	}
	var text string
	switch c := raw[0]; {
	case c == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", err
		}
	case c == '-' || c >= '0' && c <= '9':
		text = string(raw)
	default:
		return "", badKey("it is neither")
	}
	if len(text) > maxKey {
		return "", badKey("it is longer")
	}
	return "=" + text, nil
}

func badKey(why string) error {
	return refused(apierr.Problem{Path: "/input", Code: "concurrency_key",
		Message: fmt.Sprintf("From the input the workflow's concurrency key must come out as a text of at most %d bytes or a number, and %s.", maxKey, why)})
}
