package oracle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// outcome is what one expression came to, as evaluate.mjs writes it.
type outcome struct {
	Value     json.RawMessage `json:"v,omitempty"`
	Undefined bool            `json:"u,omitempty"`
	Code      string          `json:"c,omitempty"`
	NotJSON   bool            `json:"n,omitempty"`
	Broken    string          `json:"x,omitempty"`
}

func (o outcome) String() string {
	switch {
	case o.Undefined:
		return "undefined"
	case o.Code != "":
		return "error " + o.Code
	case o.NotJSON:
		return "no JSON"
	case o.Broken != "":
		return "broken: " + o.Broken
	}
	return string(o.Value)
}

// difference names how two outcomes differ; "" where they do not. What is no JSON
// ends a state of Step Functions as an error does. Where the reference itself
// breaks there is nothing to compare with.
func difference(ref, ours outcome) string {
	failed := func(o outcome) bool { return o.Code != "" || o.NotJSON }
	switch {
	case ref.Broken != "":
		return ""
	case failed(ref) && failed(ours):
		return ""
	case failed(ref):
		return "no error"
	case failed(ours):
		return "an error"
	case ref.Undefined != ours.Undefined:
		return "undefined"
	case !ref.Undefined && !sameJSON(ref.Value, ours.Value):
		return "value"
	}
	return ""
}

func sameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// reference evaluates by jsonata 2.0.6.
func reference(t *testing.T, variables string, sources []string) []outcome {
	t.Helper()
	node := os.Getenv("APIQ_ORACLE")
	if node == "" {
		t.Skip("the reference implementation is left out: make test/oracle runs it")
	}
	var in bytes.Buffer
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(variables)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&in, line.String())
	enc := json.NewEncoder(&in)
	for _, src := range sources {
		if err := enc.Encode(src); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // the reference has no budget of its own
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "evaluate.mjs")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("evaluate.mjs: %v", err)
	}
	out := make([]outcome, 0, len(sources))
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var o outcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatalf("evaluate.mjs: %v in %s", err, lines.Text())
		}
		out = append(out, o)
	}
	if len(out) != len(sources) {
		t.Fatalf("evaluate.mjs gave %d outcomes of %d", len(out), len(sources))
	}
	return out
}

// ours evaluates by shared/expr.
func ours(t *testing.T, variables map[string]any, sources []string) []outcome {
	t.Helper()
	out := make([]outcome, len(sources))
	for i, src := range sources {
		p, err := expr.Compile(src, nil)
		var v any
		if err == nil {
			v, err = p.Eval(t.Context(), expr.Undefined, variables)
		}
		var fault *expr.Error
		switch {
		case errors.As(err, &fault):
			out[i].Code = fault.Code
		case err != nil:
			t.Fatalf("%s: %v", src, err)
		case expr.IsUndefined(v):
			out[i].Undefined = true
		default:
			raw, err := expr.Encode(v, 0)
			out[i].Value, out[i].NotJSON = raw, err != nil
		}
	}
	return out
}

func decode(t *testing.T, variables string) map[string]any {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(variables), &raw); err != nil {
		t.Fatal(err)
	}
	out := make(map[string]any, len(raw))
	for name, v := range raw {
		x, err := expr.Decode(v)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = x
	}
	return out
}
