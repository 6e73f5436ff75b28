package plan

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestCorporaProve settles the built-in plan of every public goal: what is shown
// has no failed check, and it prints how many the checks stopped.
func TestCorporaProve(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("DATA is not set: it names the folder with the planning corpora (plan/restbench, plan/toolalpaca, …)")
	}
	planner := builtin.New(nil)
	for _, file := range []string{"restbench/tasks.jsonl", "toolalpaca/tasks.jsonl", "nestful/glaive.jsonl", "arazzo/workflows.jsonl"} {
		f, err := os.Open(filepath.Join(data, "plan", file))
		if err != nil {
			t.Fatal(err)
		}
		apis := map[string]*catalog.API{}
		shown, stopped, asked := 0, 0, 0
		why := map[string]int{}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<22)
		for n := 0; lines.Scan() && n < 250; n++ {
			var x struct {
				Goal  string
				Spec  any
				Steps []struct{ Spec string }
			}
			if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
				t.Fatal(err)
			}
			name, _ := x.Spec.(string)
			if name == "" {
				name = x.Steps[0].Spec
			}
			api := apis[name]
			if api == nil {
				api = plantest.API(t, spectest.Open(t, filepath.Join(data, "plan", name)))
				apis[name] = api
			}
			set := catalog.NewSet(catalog.Entry{Connection: "con_1", Name: "it", API: api})
			d, err := planner.Plan(context.Background(), x.Goal, set)
			if err != nil {
				continue
			}
			p := newProver([]connection.Connection{{ID: "con_1", Name: "it", Status: connection.StatusActive, AuthType: connection.AuthCustom,
				Auth: connection.AuthView{Set: []string{"headers.x"}}, BaseURL: "https://example.com"}}, set)
			pr, err := p.settle(context.Background(), d)
			if err != nil {
				stopped++
				for _, pb := range apierr.From(err).Problems {
					why[pb.Code+": "+pb.Message]++
				}
				continue
			}
			shown++
			asked += len(questionsOf(d))
			for _, s := range pr.steps {
				for _, c := range s.Checks {
					if c.OK != nil && !*c.OK {
						t.Errorf("%s: shown with a failed %s: %s", x.Goal, c.Name, c.Detail)
					}
				}
			}
		}
		_ = f.Close()
		t.Logf("%-24s shown %d, stopped by checks %d, questions per plan %.1f", file, shown, stopped, float64(asked)/float64(max(1, shown)))
		for w, n := range why {
			t.Logf("    %d × %s", n, draft.Clip(w, 200))
		}
	}
}
