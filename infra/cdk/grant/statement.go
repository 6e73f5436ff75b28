// Package grant says what each role of the AWS home may do, as data: the targets
// of the route table with their ARNs, and what the platform itself needs. Whatever
// holds a wildcard carries its reason; a test walks the templates and fails on any
// wildcard that is not in here.
package grant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// Statement allows actions on resources.
type Statement struct {
	Actions   []string
	Resources []string
	// Conditions are IAM's: operator, key, values.
	Conditions map[string]map[string][]string
	// Why is the reason of a wildcard in the actions or resources.
	Why string
}

// Wildcards are the actions and resources of a statement that hold one.
func (s Statement) Wildcards() (actions, resources []string) {
	for _, a := range s.Actions {
		if strings.Contains(a, "*") {
			actions = append(actions, a)
		}
	}
	for _, r := range s.Resources {
		if strings.Contains(r, "*") {
			resources = append(resources, r)
		}
	}
	return actions, resources
}

// Function are the statements of a function's role: its needs, then what every
// function needs of Lambda itself.
func Function(n names.Names, c config.Config, f route.Function) ([]Statement, error) {
	needs, err := Needs(n, c, f.Needs)
	if err != nil {
		return nil, fmt.Errorf("grant: %s: %w", f.ID, err)
	}
	return append(needs, Platform(n, f)...), nil
}

// Needs gives the statements of the route table their ARNs. An action that no rule
// covers is an error; a rule without resources leaves its statement out.
func Needs(n names.Names, c config.Config, needs route.Needs) ([]Statement, error) {
	rules := Rules(n, c)
	var all []Statement
	for _, want := range needs.Statements() {
		left := slices.Clone(want.Actions)
		for _, rule := range rules {
			if rule.Target != want.Target {
				continue
			}
			var taken, rest []string
			for _, action := range left {
				if len(rule.Actions) == 0 || slices.Contains(rule.Actions, action) {
					taken = append(taken, action)
				} else {
					rest = append(rest, action)
				}
			}
			left = rest
			if len(taken) > 0 && len(rule.Resources) > 0 {
				all = append(all, Statement{taken, rule.Resources, rule.Conditions, rule.Why})
			}
		}
		if len(left) > 0 {
			return nil, fmt.Errorf("no rule for %v on %s", left, want.Target)
		}
	}
	return all, nil
}
