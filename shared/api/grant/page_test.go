package grant

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestPageKnowsEveryOutcome: the page that a callback sends people on to has words for
// each outcome, and no others.
func TestPageKnowsEveryOutcome(t *testing.T) {
	t.Parallel()
	const public = "../../../dashboard/public"
	if _, err := os.Stat(public + donePage); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(public + strings.TrimSuffix(donePage, ".html") + ".js")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "const words = {")
	table, _, _ = strings.Cut(table, "\n  }")
	file, err := parser.ParseFile(token.NewFileSet(), "../../grant/flow.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		v, ok := node.(*ast.ValueSpec)
		if !ok || v.Type == nil || len(v.Values) != 1 {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "Outcome" {
			return true
		}
		text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if !strings.Contains(table, "\n    "+text+": [") {
			t.Errorf("the page has no words for %s", text)
		}
		return true
	})
	if rows := strings.Count(table, ": ["); n < 9 || rows != n {
		t.Errorf("%d outcomes, %d on the page", n, rows)
	}
}
