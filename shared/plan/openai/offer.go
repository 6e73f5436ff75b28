package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/catalog"
)

// Bounds of an offer.
const (
	maxOffer     = 64 << 10 // bytes of operations
	maxArguments = 30       // per operation, required ones first
	maxAnswers   = 40       // per operation
	maxMembers   = 20       // of an enum
)

// offer is what the model may choose among.
type offer struct {
	ids  []string
	ops  map[string]catalog.Hit
	said []function
}

// function is an operation as the model is told of it.
type function struct {
	ID          string     `json:"id"`
	API         string     `json:"api"`
	Call        string     `json:"call"`
	Summary     string     `json:"summary,omitempty"`
	Description string     `json:"description,omitempty"`
	Arguments   []argument `json:"arguments,omitempty"`
	Answers     []string   `json:"answers,omitempty"`
}

type argument struct {
	In          string            `json:"in"`
	Name        string            `json:"name"`
	Type        string            `json:"type,omitempty"`
	Format      string            `json:"format,omitempty"`
	Required    bool              `json:"required,omitempty"`
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Description string            `json:"description,omitempty"`
}

// offerOf describes the operations, best first, until the bound is reached.
func offerOf(req plan.DraftRequest) *offer {
	o := &offer{ops: map[string]catalog.Hit{}}
	apis := map[string]string{}
	used := 0
	for _, h := range req.Offered {
		alias, ok := apis[h.Entry.Connection]
		if !ok {
			alias = fmt.Sprintf("api%d", len(apis)+1)
			apis[h.Entry.Connection] = alias
		}
		if o.id(h) != "" {
			continue
		}
		f := describe(o.free(alias+"/"+cleanID(h.Op.ID())), h)
		raw, err := json.Marshal(f)
		if err != nil || used+len(raw) > maxOffer && used > 0 {
			continue
		}
		used += len(raw)
		o.ids, o.said = append(o.ids, f.ID), append(o.said, f)
		o.ops[f.ID] = h
	}
	return o
}

// free is an id that no operation has yet.
func (o *offer) free(id string) string {
	unique := id
	for n := 2; ; n++ {
		if _, taken := o.ops[unique]; !taken {
			return unique
		}
		unique = fmt.Sprintf("%s_%d", id, n)
	}
}

// id is what an operation is offered as; "" where it is not.
func (o *offer) id(h catalog.Hit) string {
	for _, id := range o.ids {
		if have := o.ops[id]; have.Op == h.Op && have.Entry.Connection == h.Entry.Connection {
			return id
		}
	}
	return ""
}

func describe(id string, h catalog.Hit) function {
	f := function{ID: id, API: tidy(h.Entry.Name, maxTitle), Call: tidy(h.Op.Method()+" "+h.Op.Spec.Path, maxText),
		Summary: tidy(h.Op.Spec.Summary, maxText), Description: tidy(h.Op.Spec.Description, maxText)}
	for _, required := range []bool{true, false} {
		for i := range h.Op.Args {
			a := &h.Op.Args[i]
			name := strings.Join(a.Path, ".")
			// A name that cannot be shown is not bound; the person is asked where it must be.
			if a.Required != required || len(f.Arguments) >= maxArguments || !plain(name) {
				continue
			}
			f.Arguments = append(f.Arguments, argument{In: a.In, Name: name, Type: types(a.Types()), Format: tidy(a.Format(), maxMember),
				Required: required, Enum: members(a.Shape().Enum()), Description: tidy(a.Description, maxText)})
		}
	}
	if h.Op.BodyWhole {
		f.Arguments = append(f.Arguments, argument{In: "body", Type: types(h.Op.BodySchema().Types()), Required: true})
	}
	for i := range h.Op.Yields {
		y := &h.Op.Yields[i]
		if len(f.Answers) < maxAnswers && placeable(y.Path) {
			f.Answers = append(f.Answers, strings.Join(y.Path, "/")+": "+types(y.Types()))
		}
	}
	return f
}

// placeable says whether a place's names can be put to the model.
func placeable(path []string) bool {
	for _, p := range path {
		if !plain(p) || strings.Contains(p, "/") {
			return false
		}
	}
	return true
}
