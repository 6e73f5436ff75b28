package asl_test

import (
	"fmt"
	"strings"
	"testing"

	machine "github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// TestLongest: the longest templates that a document may have become expressions that
// the engine takes.
func TestLongest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		item string
		over bool // one more is refused
	}{
		"items":   {`"{% $input %}"`, true},
		"nulls":   {`null`, true},
		"quotes":  {`"\"\"\"\"", "{% $input %}"`, true},
		"members": {`{"a": "{% $input.b %}"}`, true},
		"static":  {`"text, and more of it"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parse := func(n int) (*workflow.Document, error) {
				return workflow.Parse([]byte(fmt.Sprintf(`{"apiq":"1","name":"t","steps":[{"id":"a","type":"transform","value":[%s]}]}`,
					strings.TrimSuffix(strings.Repeat(c.item+",", n), ","))))
			}
			n := 1
			for ; n < 2_000; n++ {
				if _, err := parse(n + 1); err != nil {
					break
				}
			}
			if over := n < 2_000; over != c.over {
				t.Fatalf("%d are taken", n)
			}
			doc, err := parse(n)
			if err != nil {
				t.Fatal(err)
			}
			definition, _, err := asl.Compile(doc, asl.Binding{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := machine.Parse(definition, nil); err != nil {
				t.Errorf("%d items: %v", n, err)
			}
		})
	}
}
