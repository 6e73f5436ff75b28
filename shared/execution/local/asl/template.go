package asl

import (
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/expr"
)

// template is a JSON value with expressions in some of its strings.
type template struct {
	// field is how causes name the place: "Output/result".
	field    string
	constant any // of expr's domain, when nothing inside is an expression
	fixed    bool
	program  *expr.Program
	keys     []string
	kids     []*template
	array    bool
	// bounds are those of a template that figure read.
	bounds bounds
}

func (p *reader) template(path, field string, raw json.RawMessage) *template {
	if raw == nil {
		return nil
	}
	v, err := expr.Decode(raw)
	if err != nil {
		p.fault(path, "%v", err)
		return nil
	}
	return p.compile(path, field, v)
}

func (p *reader) compile(path, field string, v any) *template {
	t := &template{field: field, constant: v, fixed: true}
	add := func(kid *template) {
		t.kids = append(t.kids, kid)
		t.fixed = t.fixed && kid.fixed
	}
	switch v := v.(type) {
	case string:
		src, ok := expr.Unwrap(v)
		if !ok {
			break
		}
		prog, err := expr.Compile(src, p.opts.Expr)
		if err != nil {
			p.fault(path, "%v", err)
			break
		}
		t.fixed, t.program = false, prog
	case []any:
		t.array = true
		for i, x := range v {
			add(p.compile(fmt.Sprintf("%s/%d", path, i), fmt.Sprintf("%s[%d]", field, i), x))
		}
	default:
		keys, ok := expr.Fields(v)
		if !ok {
			break
		}
		t.keys = keys
		for _, k := range keys {
			x, _ := expr.Field(v, k)
			add(p.compile(path+"/"+escape(k), field+"/"+k, x))
		}
	}
	return t
}
