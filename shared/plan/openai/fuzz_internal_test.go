package openai

import (
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
)

func FuzzParse(f *testing.F) {
	f.Add(`{"possible":true,"reason":"","name":"x","steps":[{"id":"a","operation":"o","for_each":{"step":"a","path":["x"]},"arguments":[{"in":"body","name":"a.b","source":"literal","value":"{"}]}]}`)
	f.Add("```json\n{\"possible\":false}\n```")
	f.Add("{")
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parse(raw)
		if err != nil {
			return
		}
		d, _, problems := drafted(a, &offer{ops: map[string]catalog.Hit{}}, nil)
		if len(problems) == 0 || d != nil {
			t.Errorf("a plan came of no offered operation: %+v", d)
		}
	})
}
