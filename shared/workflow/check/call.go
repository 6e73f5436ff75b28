package check

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/undo"
)

// apiCall checks everything about a call and tells what is known of its value.
func (c *checker) apiCall(at string, s *workflow.Step, sc values) static.Value {
	a := c.api(s.Connection)
	c.connection(at, a)
	op := c.operation(at, s.Operation, a)
	c.judge(at, op, a.conn.Settings.KeyHeader())
	if a.connErr == nil {
		if origin := originOf(a.conn.BaseURL); origin != "" {
			c.report.Steps[c.index[at]].Origin = origin
			c.report.Egress[origin] = append(c.report.Egress[origin], s.ID)
		}
	}
	if op == nil {
		c.add(at, Credential, nil, "What the operation needs is not known.")
		c.add(at, Required, nil, "What the operation needs is not known.")
		c.add(at, Types, nil, "What the operation takes is not known.")
		return c.answer(s, a, nil, sc)
	}
	c.credential(at, a, op)
	b := binding{parameters: s.Parameters, headers: s.Headers, body: s.Body}
	findings := c.bindings(b, op, a, sc)
	answer := c.answer(s, a, op, sc)
	findings = append(findings, c.kept(s, answer, a, op, sc)...)
	if s.Reconcile != nil {
		read, found := c.reconcile(s, a, op, sc)
		answer, findings = static.Union(answer, read), append(findings, found...)
	}
	if c.offerUndo && s.Undo == nil {
		if offer, ok := undo.For(a.doc, op, s); ok {
			c.report.Steps[c.index[at]].UndoOffer = &offer
		}
	}
	if s.Undo != nil {
		findings = append(findings, c.undo(s, a, sc.with("response", response(a, op)).with(s.ID, answer))...)
	}
	c.fitting(at, findings)
	return answer
}

func (c *checker) connection(at string, a *api) {
	switch {
	case apierr.CodeOf(a.connErr) == apierr.NotFound:
		c.fail(at, "/connection", Connection, "connection", "There is no such connection in this workspace.")
	case a.connErr != nil:
		c.add(at, Connection, nil, "The connection could not be looked up.")
	case a.conn.Status == connection.StatusImporting:
		c.fail(at, "/connection", Connection, "connection", "The connection “"+a.conn.Name+"” is still being imported.")
	case a.conn.Status == connection.StatusNeedsAuthorisation:
		c.fail(at, "/connection", Connection, "connection", "The account of the connection “"+a.conn.Name+"” is not connected: authorise it first.")
	case a.conn.Status != connection.StatusActive:
		c.fail(at, "/connection", Connection, "connection", "The connection “"+a.conn.Name+"” is not active: "+strings.ToLower(strings.ReplaceAll(string(a.conn.Status), "_", " "))+".")
	default:
		c.add(at, Connection, yes(), "“"+a.conn.Name+"” is active.")
	}
	if a.connErr == nil && !a.conn.Open(access.Use) {
		c.add(at, Access, yes(), "“"+a.conn.Name+"” is shared with you, not with everyone: so is a workflow that uses it, until its owner shares that.")
	}
}

func (c *checker) operation(at, id string, a *api) *spec.Operation {
	if a.docErr != nil || a.doc == nil {
		c.add(at, Operation, nil, "The spec of the connection is not there to look into.")
		return nil
	}
	op, err := a.doc.Operation(id)
	if err != nil {
		c.fail(at, "/operation", Operation, "operation", "“"+a.conn.Name+"” has no operation "+id+".")
		return nil
	}
	detail := op.Method + " " + op.Path
	if op.Deprecated {
		detail += ", which the API calls deprecated"
	}
	c.add(at, Operation, yes(), detail+".")
	return op
}

// judge notes risk and effect class.
func (c *checker) judge(at string, op *spec.Operation, keyHeader string) {
	s := &c.report.Steps[c.index[at]]
	s.Risk, s.RiskReason = effect.Risk(op)
	s.Effect = effect.Of(op, keyHeader)
	if op == nil {
		c.add(at, Risk, nil, s.RiskReason)
		c.add(at, Effect, nil, "Counted as unsafe to repeat, because it is not known.")
		return
	}
	c.add(at, Risk, yes(), string(s.Risk)+": "+s.RiskReason)
	c.add(at, Effect, yes(), map[effect.Class]string{
		effect.Safe:       "Safe: it may be repeated at any time.",
		effect.Idempotent: "Idempotent: repeated, it has one effect.",
		effect.Keyed:      "Keyed: an idempotency key makes repeats one.",
		effect.Unsafe:     "Unsafe: it is repeated only when it certainly did not arrive; else a person decides.",
	}[s.Effect])
}

// fitting turns findings into the checks required and types, and into problems.
func (c *checker) fitting(at string, findings []finding) {
	var missing, perhaps, wrong, open []finding
	for _, f := range findings {
		switch f.kind {
		case absent:
			missing = append(missing, f)
			c.problem(at+f.at, "required", f.text)
		case mismatch:
			wrong = append(wrong, f)
			c.problem(at+f.at, "type", f.text)
		case perhapsAbsent:
			perhaps = append(perhaps, f)
		case unknown:
			open = append(open, f)
		}
	}
	switch {
	case len(missing) > 0:
		c.add(at, Required, no(), summary(missing))
	case len(perhaps) > 0:
		c.add(at, Required, nil, summary(perhaps))
	default:
		c.add(at, Required, yes(), "All that is required is set.")
	}
	switch {
	case len(wrong) > 0:
		c.add(at, Types, no(), summary(wrong))
	case len(open) > 0:
		c.add(at, Types, nil, summary(open))
	default:
		c.add(at, Types, yes(), "All values fit the spec.")
	}
}

func summary(list []finding) string {
	texts := make([]string, 0, 3)
	for _, f := range list[:min(3, len(list))] {
		texts = append(texts, f.text)
	}
	out := strings.Join(texts, " ")
	if len(list) > 3 {
		out += " And " + plural(len(list)-3, "more", "more") + "."
	}
	return out
}

// answer is what is known of a call's value: its output over the answer's schema.
func (c *checker) answer(s *workflow.Step, a *api, op *spec.Operation, sc values) static.Value {
	whole := response(a, op)
	inner := sc.with("response", whole)
	if s.Paginate != nil {
		if len(s.Output) > 0 {
			return static.Value{} // what the pages' response is, is the call's to say
		}
		items := c.expression(s.Paginate.Items, inner)
		if items.Missing != "" {
			return items
		}
		if items.Parts == nil || !items.May("array") {
			return static.Of("array")
		}
		return static.ArrayOf(items.Parts.Item())
	}
	if len(s.Output) > 0 {
		return c.template(s.Output, inner)
	}
	body, _ := whole.Parts.Field("body")
	return body
}

// response is what is known of $response.
func response(a *api, op *spec.Operation) static.Value {
	body := static.Value{}
	if op != nil {
		if schema, ok := op.SuccessSchema(); ok {
			body = ofShape(a.doc.Shape(schema))
		}
	}
	return static.Value{Types: []string{"object"}, Parts: static.Object(map[string]static.Value{
		"status": static.Of("integer"), "headers": static.Of("object"), "body": body,
	})}
}

// undo is checked like a call, its findings below /undo.
func (c *checker) undo(s *workflow.Step, a *api, sc values) []finding {
	if s.Undo.Connection != "" {
		a = c.api(s.Undo.Connection)
	}
	if a.doc == nil {
		return []finding{{unknown, "/undo", "undo: the spec of the connection is not there to look into."}}
	}
	op, err := a.doc.Operation(s.Undo.Operation)
	if err != nil {
		return []finding{{mismatch, "/undo/operation", "undo: “" + a.conn.Name + "” has no operation " + s.Undo.Operation + "."}}
	}
	list := c.bindings(binding{parameters: s.Undo.Parameters, body: s.Undo.Body}, op, a, sc)
	for i := range list {
		list[i].at = "/undo" + list[i].at
		list[i].text = "undo " + list[i].text
	}
	return list
}

// binding is what a call sets.
type binding struct {
	parameters, headers map[string]json.RawMessage
	body                json.RawMessage
}

// bindings holds what is set against what the operation takes.
func (c *checker) bindings(b binding, op *spec.Operation, a *api, sc values) []finding {
	f := &fitter{doc: a.doc, wire: true}
	keyName, keyIn, _ := effect.KeyParameter(op, a.conn.Settings.KeyHeader())
	own := credentialNames(a, op)
	for _, p := range op.Parameters {
		if p.Ignored() {
			continue
		}
		raw, at := b.find(p)
		if raw == nil {
			if p.Required && !p.Automatic() && !own[p.In+" "+strings.ToLower(p.Name)] && (p.Name != keyName || p.In != keyIn) {
				f.say(absent, at, " ("+p.In+") is required and not set.")
			}
			continue
		}
		if p.In == "header" && spec.ReservedHeader(p.Name) {
			f.put(mismatch, at, "header "+p.Name+reserved)
			continue
		}
		f.bind(at, c.template(raw, sc), a.doc.Shape(p.Schema))
	}
	for _, name := range sortedNames(b.parameters) {
		if !slices.ContainsFunc(op.Parameters, func(p spec.Parameter) bool { return p.Name == name || p.In+"."+p.Name == name }) {
			f.put(mismatch, "/parameters"+workflow.Pointer(name), "parameter "+name+": the operation has no such parameter.")
		}
	}
	for _, name := range sortedNames(b.headers) {
		if !slices.ContainsFunc(op.Parameters, func(p spec.Parameter) bool { return p.In == "header" && strings.EqualFold(p.Name, name) }) {
			if spec.ReservedHeader(name) {
				f.put(mismatch, "/headers"+workflow.Pointer(name), "header "+name+reserved)
			}
			f.gone("/headers"+workflow.Pointer(name), c.template(b.headers[name], sc), 0)
		}
	}
	c.body(f, b, op, a, sc)
	return f.findings
}

// reserved is told of a header that package request refuses to set.
const reserved = " belongs to the connection or to the message itself and cannot be set."

// find is what is set for a parameter, and where.
func (b binding) find(p spec.Parameter) (json.RawMessage, string) {
	raw, key, ok := p.Given(b.parameters)
	at := "/parameters" + workflow.Pointer(key)
	if ok {
		if string(raw) == "null" {
			return nil, at
		}
		return raw, at
	}
	if p.In == "header" {
		for name, raw := range b.headers {
			if strings.EqualFold(name, p.Name) {
				return raw, "/headers" + workflow.Pointer(name)
			}
		}
	}
	return nil, at
}

func (c *checker) body(f *fitter, b binding, op *spec.Operation, a *api, sc values) {
	given := len(b.body) > 0 && string(b.body) != "null"
	mediaType, schema, takes := op.BodySchema()
	switch {
	case !takes && given:
		f.put(mismatch, "/body", "body: the operation takes none.")
	case !takes:
	case !given && op.Body.Required:
		f.put(absent, "/body", "A body is required and not set.")
	case given:
		f.wire = strings.HasPrefix(mediaType, "application/x-www-form-urlencoded") || strings.HasPrefix(mediaType, "multipart/")
		f.bind("/body", c.template(b.body, sc), a.doc.Shape(schema))
	}
}
