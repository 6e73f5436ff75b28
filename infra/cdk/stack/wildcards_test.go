package stack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/statemachines"
)

// statement is one that allows.
type statement struct {
	actions, resources, principals []string
}

// statements are all that allow, in any policy of a resource: its own, a role's, one
// that is attached.
func statements(r resource) []statement {
	var all []statement
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["Effect"] == "Allow" && (v["Action"] != nil || v["NotAction"] != nil) {
				s := statement{actions: texts(v["Action"]), resources: texts(v["Resource"])}
				if v["NotAction"] != nil || v["NotResource"] != nil {
					s.actions = append(s.actions, "*")
				}
				if p, ok := v["Principal"].(map[string]any); ok {
					for _, one := range p {
						s.principals = append(s.principals, texts(one)...)
					}
				} else if v["Principal"] != nil {
					s.principals = texts(v["Principal"])
				}
				all = append(all, s)
				return
			}
			for _, one := range v {
				walk(one)
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(r.Properties)
	return all
}

// TestWildcards fails on any wildcard in an allowing statement, of any resource in
// any stack, that has no written reason.
func TestWildcards(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		reasoned := reasoned(t, a)
		seen, used := 0, map[grant.Helper]bool{}
		for _, name := range a.stacks() {
			for _, r := range a.templates[name].Resources {
				for _, s := range statements(r) {
					for _, value := range wildcards(s) {
						seen++
						if why := reasoned[value]; slices.ContainsFunc(why, func(w grant.Statement) bool { return covers(w, s) }) {
							continue
						}
						helper, ok := helped(r, value)
						if !ok {
							t.Errorf("%s %s: %s has no reason, for %v", name, r.path(), value, s.actions)
						}
						used[helper] = true
					}
				}
			}
		}
		if seen < 100 {
			t.Errorf("only %d wildcards were found: the walk misses some", seen)
		}
		for _, h := range grant.Helpers() {
			if !used[h] {
				t.Errorf("a reason for nothing: %+v", h)
			}
		}
	})
}

// reasoned are our own statements with a reason, by each of their wildcards.
func reasoned(t *testing.T, a assembly) map[string][]grant.Statement {
	t.Helper()
	var ours []grant.Statement
	for _, f := range route.Functions() {
		statements, err := grant.Function(a.names, a.cfg, f)
		if err != nil {
			t.Fatal(err)
		}
		ours = append(ours, statements...)
	}
	machines, err := statemachines.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range machines {
		for _, function := range m.Functions {
			ours = append(ours, grant.Machine(a.names, []string{function})...)
		}
	}
	ours = slices.Concat(ours, grant.Workflows(a.names), grant.Clocks(a.names), grant.Deploy(a.names))
	all := map[string][]grant.Statement{}
	for _, s := range ours {
		actions, resources := s.Wildcards()
		for _, value := range append(actions, resources...) {
			if len(s.Why) < 20 {
				t.Errorf("%s has no reason", value)
			}
			all[value] = append(all[value], s)
		}
	}
	return all
}

// covers: the template's statement is one that has the reason, no wider.
func covers(w grant.Statement, s statement) bool {
	for _, action := range s.actions {
		if !slices.Contains(w.Actions, action) {
			return false
		}
	}
	for _, r := range s.resources {
		if !slices.Contains(w.Resources, r) {
			return false
		}
	}
	return true
}

func wildcards(s statement) []string {
	var all []string
	for _, value := range slices.Concat(s.actions, s.resources) {
		if strings.Contains(value, "*") {
			all = append(all, value)
		}
	}
	for _, p := range s.principals {
		if strings.Contains(p, "*") {
			all = append(all, "principal *")
		}
	}
	return all
}

func helped(r resource, value string) (grant.Helper, bool) {
	for _, h := range grant.Helpers() {
		if strings.HasPrefix(r.path(), h.Path) && (h.Value == value || strings.HasPrefix(h.Value, "…") && strings.HasSuffix(value, strings.TrimPrefix(h.Value, "…"))) {
			return h, true
		}
	}
	return grant.Helper{}, false
}
