package statemachines_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/statemachines"
)

// state is what these checks read of any state.
type state struct {
	Type, Next, Default string
	End                 bool
	TimeoutSeconds      int
	Retry               []struct{ ErrorEquals []string }
	Catch               []struct {
		ErrorEquals []string
		Next        string
	}
	Choices       []struct{ Next string }
	ItemProcessor *struct {
		ProcessorConfig struct{ Mode string }
		StartAt         string
		States          map[string]state
	}
	MaxConcurrency int
}

type definition struct {
	QueryLanguage  string
	TimeoutSeconds int
	States         map[string]state
}

// TestMachines: each is valid, its functions are in the table of functions as
// tasks, every task has a time-out, retries and a way out, and each function's own
// time is up before the state's.
func TestMachines(t *testing.T) {
	t.Parallel()
	all, err := statemachines.All()
	if err != nil || len(all) != 4 {
		t.Fatalf("%d machines, %v", len(all), err)
	}
	for _, m := range all {
		if _, err := asl.Parse(json.RawMessage(m.Definition), nil); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		var d definition
		if err := json.Unmarshal([]byte(m.Definition), &d); err != nil {
			t.Fatal(err)
		}
		if d.QueryLanguage != "JSONata" || d.TimeoutSeconds == 0 {
			t.Errorf("%s: %s, %d s", m.Name, d.QueryLanguage, d.TimeoutSeconds)
		}
		longest := 0
		for name, s := range d.States {
			longest = max(longest, s.check(t, m.Name+"."+name))
		}
		for placeholder, id := range m.Functions {
			f, ok := route.FunctionByID(id)
			if !ok || f.Kind != route.KindTask {
				t.Errorf("%s: there is no task %s", m.Name, id)
			}
			if int(f.Timeout.Seconds()) >= longest {
				t.Errorf("%s: the function may take %s, the state %d s", m.Name, f.Timeout, longest)
			}
			if n := strings.Count(m.Definition, "${"+placeholder+"}"); n == 0 || n != strings.Count(m.Definition, "${") {
				t.Errorf("%s: ${%s} stands there %d times", m.Name, placeholder, n)
			}
		}
	}
}

// check judges one state, and gives the longest time-out in it.
func (s state) check(t *testing.T, name string) int {
	t.Helper()
	longest := s.TimeoutSeconds
	switch s.Type {
	case "Task":
		last := s.Catch[len(s.Catch)-1]
		if s.TimeoutSeconds == 0 || len(s.Retry) == 0 || !slices.Equal(last.ErrorEquals, []string{"States.ALL"}) || last.Next == "" {
			t.Errorf("%s: no time-out, no retry or no way out", name)
		}
	case "Map":
		if s.MaxConcurrency < 1 || s.MaxConcurrency > 40 || s.ItemProcessor.ProcessorConfig.Mode != "INLINE" {
			t.Errorf("%s: %d at once, %s", name, s.MaxConcurrency, s.ItemProcessor.ProcessorConfig.Mode)
		}
		for inner, one := range s.ItemProcessor.States {
			longest = max(longest, one.check(t, name+"."+inner))
		}
	case "Choice":
		if s.Default == "" {
			t.Errorf("%s: no default", name)
		}
	case "Pass", "Succeed", "Fail":
	default:
		t.Errorf("%s is a %s", name, s.Type)
	}
	if ends := s.Type == "Succeed" || s.Type == "Fail" || s.Type == "Choice"; !ends && s.Next == "" && !s.End {
		t.Errorf("%s leads nowhere", name)
	}
	return longest
}
