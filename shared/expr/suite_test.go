package expr_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recolabs/gnata"

	"github.com/apiq/apiq/shared/expr"
)

// suiteCase is one case of the official JSONata suite, as the module of the
// engine ships it.
type suiteCase struct {
	Expr     string          `json:"expr"`
	ExprFile string          `json:"expr-file"`
	Data     json.RawMessage `json:"data"`
	Dataset  *string         `json:"dataset"`
	Bindings map[string]any  `json:"bindings"`
	Code     string          `json:"code"`
	file     string
}

func suite(t *testing.T) (string, []suiteCase) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/recolabs/gnata").Output()
	if err != nil {
		t.Skipf("the engine's module is not on disk: %v", err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	files, _ := filepath.Glob(filepath.Join(root, "groups", "*", "*.json"))
	if len(files) == 0 {
		t.Skip("the engine's module has no test data")
	}
	var cases []suiteCase
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var many []suiteCase
		if raw[0] != '[' {
			raw = append(append([]byte{'['}, raw...), ']')
		}
		if err := json.Unmarshal(raw, &many); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, c := range many {
			c.file = strings.TrimPrefix(f, root)
			if c.ExprFile != "" {
				src, err := os.ReadFile(filepath.Join(filepath.Dir(f), c.ExprFile))
				if err != nil {
					continue
				}
				c.Expr = string(src)
			}
			cases = append(cases, c)
		}
	}
	return root, cases
}

// expected are the cases where this package means to differ from the engine:
// functions and operators that are not of JSONata 2.0.6, values the engine gets
// wrong, and $eval.
func expected(c suiteCase) bool {
	for _, mark := range []string{"$eval", "??", "?:", "**", "$flatten", "$values", "$base64", "$random", "$now", "$millis", "$shuffle", "$match", "000000] ~>", "10000099"} {
		if strings.Contains(c.Expr, mark) {
			return true
		}
	}
	return false
}

// TestSuiteAgreesWithEngine runs the official suite through the guarded programs
// and through the bare engine: guarding must change neither values nor codes.
func TestSuiteAgreesWithEngine(t *testing.T) {
	t.Parallel()
	root, cases := suite(t)
	ran := 0
	for _, c := range cases {
		if expected(c) {
			continue
		}
		data := any(nil)
		raw := c.Data
		if c.Dataset != nil {
			raw, _ = os.ReadFile(filepath.Join(root, "datasets", *c.Dataset+".json"))
		}
		if len(raw) > 0 {
			data, _ = gnata.DecodeJSON(raw)
		}
		engine, compileErr := gnata.Compile(c.Expr)
		p, err := expr.Compile(c.Expr, &expr.Options{Timeout: time.Minute})
		if (compileErr == nil) != (err == nil) {
			if err == nil || c.Code == "" { // a refusal that the suite wants is no fault
				t.Errorf("%s: %s\n compile: engine %v, ours %v", c.file, c.Expr, compileErr, err)
			}
			continue
		}
		if err != nil {
			continue
		}
		ran++
		want, wantErr := engine.EvalWithVars(context.Background(), data, c.Bindings)
		in := data
		if in == nil {
			in = expr.Undefined
		}
		got, gotErr := p.Eval(context.Background(), in, c.Bindings)
		if (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%s: %s\n error: engine %v, ours %v", c.file, c.Expr, wantErr, gotErr)
			continue
		}
		if wantErr != nil {
			continue
		}
		if want == nil {
			if !expr.IsUndefined(got) {
				t.Errorf("%s: %s\n engine undefined, ours %v", c.file, c.Expr, got)
			}
			continue
		}
		if !gnata.DeepEqual(want, got) && !strings.Contains(c.Expr, "function") {
			w, _ := expr.Encode(want, 0)
			g, _ := expr.Encode(got, 0)
			t.Errorf("%s: %s\n engine %s\n ours   %s", c.file, c.Expr, w, g)
		}
	}
	if ran < 1000 {
		t.Errorf("only %d cases ran", ran)
	}
	t.Logf("%d cases, %d compared", len(cases), ran)
}
