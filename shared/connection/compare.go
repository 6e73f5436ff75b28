package connection

import (
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/spec"
)

// Codes of breaking changes.
const (
	ChangeRemoved       = "operation_removed"
	ChangeMoved         = "operation_moved"
	ChangeParamRequired = "parameter_required"
	ChangeParamRemoved  = "parameter_removed"
	ChangeBodyRequired  = "body_required"
	ChangeFieldRequired = "field_required"
)

// Change is one difference that calls made before can fail on.
type Change struct {
	Operation string `json:"operation"` // id in the old document
	Code      string `json:"code"`
	// Path names the parameter ("query.limit") or body field ("body.name").
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

// compare tells, operation by operation, what breaks between two documents, in
// the old one's order, and how many operations are new.
func compare(old, now *spec.Document) (breaking []Change, added int) {
	breaking = []Change{}
	kept := map[string]bool{}
	for _, sum := range old.Summaries() {
		before, err := old.Operation(sum.ID)
		if err != nil {
			continue
		}
		route := sum.Method + " " + sum.Path
		after, err := now.Operation(route)
		if err != nil {
			// Looked for by id second: generated ids repeat and wander, routes do not.
			if after, err = now.Operation(sum.ID); err != nil {
				breaking = append(breaking, Change{sum.ID, ChangeRemoved, "", route + " is gone."})
				continue
			}
			kept[after.ID] = true
			breaking = append(breaking, Change{sum.ID, ChangeMoved, "",
				fmt.Sprintf("%s is now %s %s.", route, after.Method, after.Path)})
			continue
		}
		kept[after.ID] = true
		if after.ID != sum.ID {
			if _, err := now.Operation(sum.ID); err != nil {
				breaking = append(breaking, Change{sum.ID, ChangeMoved, "", fmt.Sprintf("%s is now called %s.", sum.ID, after.ID)})
			}
		}
		breaking = append(breaking, parameters(before, after)...)
		breaking = append(breaking, body(old, before, now, after)...)
	}
	for _, sum := range now.Summaries() {
		if !kept[sum.ID] {
			added++
		}
	}
	return breaking, added
}

func parameters(before, after *spec.Operation) []Change {
	var out []Change
	find := func(list []spec.Parameter, p spec.Parameter) (spec.Parameter, bool) {
		i := slices.IndexFunc(list, func(q spec.Parameter) bool { return q.Name == p.Name && q.In == p.In })
		if i < 0 {
			return spec.Parameter{}, false
		}
		return list[i], true
	}
	for _, p := range after.Parameters {
		was, existed := find(before.Parameters, p)
		switch {
		case p.Required && !existed:
			out = append(out, Change{before.ID, ChangeParamRequired, p.In + "." + p.Name, fmt.Sprintf("The new parameter %s (%s) is required.", p.Name, p.In)})
		case p.Required && !was.Required:
			out = append(out, Change{before.ID, ChangeParamRequired, p.In + "." + p.Name, fmt.Sprintf("The parameter %s (%s) is required now.", p.Name, p.In)})
		}
	}
	for _, p := range before.Parameters {
		if _, there := find(after.Parameters, p); !there {
			out = append(out, Change{before.ID, ChangeParamRemoved, p.In + "." + p.Name, fmt.Sprintf("The parameter %s (%s) is gone.", p.Name, p.In)})
		}
	}
	return out
}

func body(old *spec.Document, before *spec.Operation, now *spec.Document, after *spec.Operation) []Change {
	var out []Change
	_, newSchema, has := after.BodySchema()
	if !has {
		return nil
	}
	_, oldSchema, had := before.BodySchema()
	if after.Body != nil && after.Body.Required && (!had || before.Body == nil || !before.Body.Required) {
		out = append(out, Change{before.ID, ChangeBodyRequired, "body", "A request body is required now."})
	}
	if !had {
		return out
	}
	was := old.Shape(oldSchema).Required()
	for _, name := range now.Shape(newSchema).Required() {
		if !slices.Contains(was, name) {
			out = append(out, Change{before.ID, ChangeFieldRequired, "body." + name, fmt.Sprintf("The field %s of the body is required now.", name)})
		}
	}
	return out
}
