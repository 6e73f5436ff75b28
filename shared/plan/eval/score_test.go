package eval_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/eval"
)

func goal(t *testing.T, raw string) eval.Goal {
	t.Helper()
	var g eval.Goal
	if err := json.Unmarshal([]byte(raw), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

const twoSteps = `{"id":"g","goal":"x","spec":"d.json","steps":[
 {"id":"a","method":"GET","path":"/pets","args":{"limit":5,"kind":"Cat","after":"$inputs.after"}},
 {"id":"b","method":"POST","path":"/pets/{id}/walks","args":null}],
 "edges":[{"from_step":"a","to_step":"b","param":"path.id"}]}`

func TestScores(t *testing.T) {
	t.Parallel()
	literal := func(s string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"limit": json.RawMessage(s)}
	}
	for name, tt := range map[string]struct {
		answer eval.Answer
		want   map[string]float64
	}{
		"right": {
			eval.Answer{ID: "g", Steps: []eval.Call{{ID: "1", Op: "d.json GET /pets", Args: literal(`"5"`)}, {ID: "2", Op: "d.json POST /pets/{id}/walks"}},
				Edges: []eval.Edge{{FromStep: "1", ToStep: "2", Param: "id"}}},
			map[string]float64{"exact": 1, "CP": 1, "node_f1": 1, "edge_f1": 1, "bind_f1": 1, "edge_recall": 1, "edge_recall_exact": 1, "arg_name_f1": 2.0 / 3, "arg_value_f1": 2.0 / 3, "extra_len_when_CP": 0},
		},
		"one too many, bound elsewhere": {
			eval.Answer{ID: "g", Steps: []eval.Call{{ID: "1", Op: "d.json GET /pets", Args: literal("6")}, {ID: "x", Op: "d.json GET /me"}, {ID: "2", Op: "d.json POST /pets/{id}/walks"}},
				Edges: []eval.Edge{{FromStep: "1", ToStep: "2", Param: "other"}, {FromStep: "9", ToStep: "2", Param: "id"}}},
			map[string]float64{"exact": 0, "set_equal": 0, "CP": 1, "CP+2": 1, "node_f1": 0.8, "edge_f1": 1, "bind_f1": 0, "edge_recall": 0, "arg_name_f1": 2.0 / 3, "arg_value_f1": 0, "extra_len_when_CP": 1},
		},
		"the other way round": {
			eval.Answer{ID: "g", Steps: []eval.Call{{ID: "2", Op: "d.json POST /pets/{id}/walks"}, {ID: "1", Op: "d.json GET /pets"}}},
			map[string]float64{"exact": 0, "set_equal": 1, "CP": 0, "node_f1": 1, "answered": 1},
		},
		"none": {eval.Answer{ID: "other"}, map[string]float64{"exact": 0, "node_f1": 0, "answered": 0, "arg_name_f1": 0}},
		"found": {
			eval.Answer{ID: "g", Ranked: []string{"d.json GET /me", "d.json GET /pets", "d.json GET /pets"}},
			map[string]float64{"R@5": 0.5, "all@5": 0, "R@20": 0.5, "all@20": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scores := eval.Compute([]eval.Goal{goal(t, twoSteps)}, []eval.Answer{tt.answer})
			for k, want := range tt.want {
				if got, ok := scores.Get(k); !ok || got.Value < want-1e-9 || got.Value > want+1e-9 || got.N != 1 {
					t.Errorf("%s: %+v, want %v", k, got, want)
				}
			}
		})
	}
}

// TestCalibration: of three plans the surest is right and one of the others.
func TestCalibration(t *testing.T) {
	t.Parallel()
	var goals []eval.Goal
	var answers []eval.Answer
	for i, c := range []float64{0.9, 0.5, 0.2} {
		g := goal(t, strings.Replace(twoSteps, `"id":"g"`, `"id":"`+string(rune('a'+i))+`"`, 1))
		a := eval.Answer{ID: g.ID, Confidence: &c}
		if i != 1 {
			a.Steps = []eval.Call{{Op: "d.json GET /pets"}, {Op: "d.json POST /pets/{id}/walks"}}
		}
		goals, answers = append(goals, g), append(answers, a)
	}
	scores := eval.Compute(goals, answers)
	for k, want := range map[string]float64{"exact_top_third": 1, "Brier": (0.01 + 0.25 + 0.64) / 3, "ECE10": (0.1 + 0.5 + 0.8) / 3} {
		if got, _ := scores.Get(k); got.Value < want-1e-9 || got.Value > want+1e-9 {
			t.Errorf("%s: %v, want %v", k, got.Value, want)
		}
	}
	var b bytes.Buffer
	if err := scores.Print(&b); err != nil || !strings.Contains(b.String(), "exact                66.7 n=3\n") || !strings.Contains(b.String(), "Brier               0.300 n=3\n") {
		t.Errorf("%s%v", b.String(), err)
	}
}
