package oracle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/expr"
)

// TestWritten: the expressions of the compiler's golden definitions and of the
// gallery give what the reference gives, over values that fit and values that do not.
func TestWritten(t *testing.T) {
	t.Parallel()
	var sources []string
	for _, pattern := range []string{"../../workflow/asl/testdata/*.json", "../../gallery/*/*.json", "../../gallery/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if json.Unmarshal(raw, &v) == nil {
				sources = expressions(v, sources)
			}
		}
	}
	slices.Sort(sources)
	sources = slices.Compact(sources)
	if len(sources) < 100 {
		t.Errorf("only %d expressions found", len(sources))
	}
	sources = slices.DeleteFunc(sources, func(src string) bool {
		// Functions that Step Functions adds, and a filter that is true of nothing where there is
		// nothing: the reference goes on with one item, of nothing (docs/expressions.md).
		return strings.Contains(src, "$uuid(") || strings.Contains(src, "or $not($exists(resolved_at)")
	})
	for _, variables := range []string{emittedVariables, freeVariables} {
		ref, got := reference(t, variables, sources), ours(t, decode(t, variables), sources)
		for i, src := range sources {
			if difference(ref[i], got[i]) != "" {
				t.Errorf("%s\n reference %s\n ours      %s", src, ref[i], got[i])
			}
		}
	}
	t.Logf("%d expressions", len(sources))
}

func expressions(v any, to []string) []string {
	switch v := v.(type) {
	case string:
		if src, ok := expr.Unwrap(v); ok {
			to = append(to, src)
		}
	case []any:
		for _, x := range v {
			to = expressions(x, to)
		}
	case map[string]any:
		for _, x := range v {
			to = expressions(x, to)
		}
	}
	return to
}
