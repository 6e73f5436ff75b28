package arazzo

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// why says of each type but api_call why Arazzo has no place for it.
var why = map[string]string{
	workflow.TypeCondition: "Arazzo branches only from call to call.",
	workflow.TypeLoop:      "Arazzo has no loop.",
	workflow.TypeParallel:  "Arazzo has no parallel branches.",
	workflow.TypeTransform: "Arazzo makes no values of its own.",
	workflow.TypeWait:      "Arazzo does not wait.",
	workflow.TypeApproval:  "Arazzo asks nobody.",
	workflow.TypeWorkflow:  "another description would have to hold the workflow.",
	workflow.TypeFail:      "Arazzo has no step that fails.",
}

func (e *exporter) step(i int) outStep {
	s, at := &e.doc.Steps[i], "/steps/"+strconv.Itoa(i)
	out := outStep{StepID: s.ID, Description: s.Name}
	if s.Type != workflow.TypeAPICall {
		e.refuse(at, "unsupported", "A step of type %s cannot be written: %s", s.Type, why[s.Type])
		return out
	}
	e.only(at, s, callFields, "Arazzo knows no such thing.")
	source := e.sources[s.Connection]
	if source.doc == nil {
		return out // told already
	}
	op, err := source.doc.Operation(s.Operation)
	if err != nil {
		e.refuse(at+"/operation", "operation", "The API has no operation %s.", cut(s.Operation))
		return out
	}
	switch {
	case op.ID == op.Method+" "+op.Path:
		out.OperationPath = "{$sourceDescriptions." + source.name + ".url}#/paths" + workflow.Pointer(op.Path) + "/" + strings.ToLower(op.Method)
	case len(e.out.Sources) > 1:
		out.OperationID = "$sourceDescriptions." + source.name + "." + op.ID
	default:
		out.OperationID = op.ID
	}
	e.parameters(at, s, op, &out)
	e.body(at, s, op, &out)
	if s.TimeoutSeconds > 0 {
		out.Timeout, e.out.Arazzo = s.TimeoutSeconds*1000, "1.1.0"
	}
	if src, ok := expr.Unwrap(s.Success); ok {
		if text, ok := e.condition(at+"/success", src, true); ok {
			out.SuccessCriteria = []outCriterion{{Condition: text}}
		}
	}
	e.gives(at, s, &out)
	e.failures(at, i, &out)
	return out
}

// gives writes the step's outputs, and remembers how its value holds them.
func (e *exporter) gives(at string, s *workflow.Step, out *outStep) {
	switch {
	case len(s.Output) == 0:
		out.Outputs, out.Mark = map[string]string{"body": "$response.body"}, shapeBody
		e.steps[s.ID] = binding{shape: shapeBody}
	case s.Output[0] == '"':
		var text string
		_ = json.Unmarshal(s.Output, &text) // it begins as a string, and the document is valid
		if v, ok := e.text(at+"/output", text, true, false); ok && (isRuntime(v) || strings.Contains(v, "{$")) {
			out.Outputs, out.Mark = map[string]string{"value": v}, shapeValue
		} else if ok {
			e.refuse(at+"/output", "output", "An output of Arazzo is a runtime expression, not a constant.")
		}
		e.steps[s.ID] = binding{shape: shapeValue}
	default:
		out.Outputs = e.outputs(at+"/output", s.Output, true)
		e.steps[s.ID] = binding{shape: shapeObject, outputs: sorted(out.Outputs)}
	}
}

var outputName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// outputs writes a template that is an object of runtime expressions.
func (e *exporter) outputs(at string, template json.RawMessage, answered bool) map[string]string {
	var members map[string]any
	if json.Unmarshal(template, &members) != nil {
		e.refuse(at, "output", "Outputs of Arazzo have names: this must be an object.")
		return nil
	}
	out := map[string]string{}
	for _, name := range sorted(members) {
		here := at + workflow.Pointer(name)
		text, isText := members[name].(string)
		if !outputName.MatchString(name) {
			e.refuse(here, "name", "The name of an output has letters, digits, dots, dashes and underscores.")
			continue
		}
		if !isText || !expr.IsExpression(text) {
			e.refuse(here, "output", "An output of Arazzo is a runtime expression.")
			continue
		}
		if v, ok := e.text(here, text, answered, false); ok {
			out[name] = v
		}
	}
	return out
}

func (e *exporter) parameters(at string, s *workflow.Step, op *spec.Operation, out *outStep) {
	for _, key := range sorted(s.Parameters) {
		here := at + "/parameters" + workflow.Pointer(key)
		in, name := "", ""
		for _, o := range op.Parameters {
			if o.Name == key || o.In+"."+o.Name == key || o.In == "header" && strings.EqualFold(o.Name, key) {
				in, name = o.In, o.Name
				break
			}
		}
		if in == "" {
			e.refuse(here, "parameter", "The operation %s has no such parameter.", op.ID)
			continue
		}
		out.Parameters = append(out.Parameters, outParameter{Name: name, In: in, Value: e.template(here, s.Parameters[key])})
	}
	for _, name := range sorted(s.Headers) {
		if strings.EqualFold(name, "Content-Type") && len(s.Body) > 0 {
			continue
		}
		out.Parameters = append(out.Parameters, outParameter{Name: name, In: "header", Value: e.template(at+"/headers"+workflow.Pointer(name), s.Headers[name])})
	}
}

func (e *exporter) body(at string, s *workflow.Step, op *spec.Operation, out *outStep) {
	if len(s.Body) == 0 {
		return
	}
	out.RequestBody = &outBody{}
	for name, v := range s.Headers {
		if !strings.EqualFold(name, "Content-Type") {
			continue
		}
		if json.Unmarshal(v, &out.RequestBody.ContentType) != nil || expr.IsExpression(out.RequestBody.ContentType) {
			e.refuse(at+"/headers"+workflow.Pointer(name), "unsupported", "The type of a body is written down, not worked out.")
		}
	}
	contentType := out.RequestBody.ContentType
	if contentType == "" {
		contentType, _, _ = op.BodySchema()
	}
	out.RequestBody.Payload = e.template(at+"/body", s.Body)
	var text string
	if json.Unmarshal(out.RequestBody.Payload, &text) == nil && !isRuntime(text) && (contentType == "" || spec.IsJSON(contentType)) && string(s.Body) != "null" {
		e.refuse(at+"/body", "unsupported", "A JSON body that is one text would be read as the JSON in it.")
	}
}

// template writes a template.
func (e *exporter) template(at string, raw json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil // the document is valid
	}
	return encode(e.any(at, v))
}

func (e *exporter) any(at string, v any) any {
	switch x := v.(type) {
	case string:
		out, _ := e.text(at, x, false, true)
		return out
	case map[string]any:
		if isSelector(x) {
			e.refuse(at, "unsupported", "Arazzo would read this as a selector.")
		}
		for name := range x {
			x[name] = e.any(at+workflow.Pointer(name), x[name])
		}
	case []any:
		for i := range x {
			x[i] = e.any(at+"/"+strconv.Itoa(i), x[i])
		}
	}
	return v
}

// text writes a text of a template: a constant, a runtime expression, or text with
// these in it.
func (e *exporter) text(at, text string, answered, constant bool) (string, bool) {
	src, ok := expr.Unwrap(text)
	if !ok {
		if isRuntime(text) || strings.Contains(text, "{$") {
			e.refuse(at, "unsupported", "Arazzo would read this text as a runtime expression.")
			return "", false
		}
		return text, true
	}
	t := parse(src)
	switch {
	case t == nil:
	case t.op == "path":
		return e.ref(at, t, answered, false)
	case t.op == "lit" && constant:
		if s, ok := t.text(); ok && !isRuntime(s) && !strings.Contains(s, "{$") {
			return s, true
		}
	case t.call("string") != nil && t.args[0].op == "path":
		v, ok := e.ref(at, t.args[0], answered, false)
		return "{" + v + "}", ok
	case t.op == "&":
		return e.joined(at, t, answered)
	}
	e.refuse(at, "expression", "Arazzo cannot say this: a value there is a path into $input, a step's value or $response, or text with such paths in it.")
	return "", false
}

func (e *exporter) joined(at string, t *term, answered bool) (string, bool) {
	var b strings.Builder
	for _, a := range t.args {
		if s, ok := a.text(); ok && !strings.ContainsAny(s, "{}") {
			b.WriteString(s)
			continue
		}
		if a.op != "path" {
			e.refuse(at, "expression", "Arazzo joins only constants and paths into text.")
			return "", false
		}
		v, ok := e.ref(at, a, answered, false)
		if !ok {
			return "", false
		}
		b.WriteString("{" + v + "}")
	}
	if isRuntime(b.String()) {
		e.refuse(at, "expression", "Arazzo would read this text as a runtime expression.")
		return "", false
	}
	return b.String(), true
}

// failures writes what happens when the step fails.
func (e *exporter) failures(at string, i int, out *outStep) {
	s := &e.doc.Steps[i]
	for k, r := range s.Retry {
		if a, ok := e.retry(at+"/retry/"+strconv.Itoa(k), r); ok {
			a.Name = "retry-" + strconv.Itoa(k+1)
			out.OnFailure = append(out.OnFailure, a)
		}
	}
	if s.Retry != nil && len(s.Retry) == 0 {
		none := 0
		out.OnFailure = append(out.OnFailure, outAction{Name: "no-retry", Type: "retry", RetryLimit: &none})
	}
	if s.OnError == nil {
		return
	}
	switch {
	case s.OnError.Mode == workflow.OnErrorSteps:
		e.refuse(at+"/onError", "unsupported", "Steps to run instead cannot be written: Arazzo goes on elsewhere and does not come back.")
	case s.OnError.Mode == workflow.OnErrorContinue && i+1 == len(e.doc.Steps):
		e.refuse(at+"/onError", "unsupported", "The last step has none after it to go on at.")
	case s.OnError.Mode == workflow.OnErrorContinue:
		out.OnFailure = append(out.OnFailure, outAction{Name: "go-on", Type: "goto", StepID: e.doc.Steps[i+1].ID})
	}
}

func (e *exporter) retry(at string, r workflow.Retry) (outAction, bool) {
	limit := r.MaxAttempts
	if limit == 0 {
		limit = 3 // what the document means
	}
	a := outAction{Type: "retry", RetryAfter: r.IntervalSeconds, RetryLimit: &limit}
	if r.BackoffRate != 1 || r.MaxDelaySeconds != 0 {
		e.refuse(at, "unsupported", "Arazzo waits equally long before each retry: only a backoffRate of 1 without maxDelaySeconds can be written.")
		return a, false
	}
	if len(r.Errors) == 1 && r.Errors[0] == "States.ALL" {
		return a, true
	}
	var conditions []string
	for k, name := range r.Errors {
		status, ok := strings.CutPrefix(name, "Http.")
		switch _, err := strconv.Atoi(status); {
		case ok && err == nil:
			conditions = append(conditions, "$statusCode == "+status)
		case ok && strings.HasSuffix(status, "xx"):
			conditions = append(conditions, "$statusCode >= "+status[:1]+"00 && $statusCode <= "+status[:1]+"99")
		default:
			e.refuse(at+"/errors/"+strconv.Itoa(k), "unsupported", "Only errors of a status, and States.ALL alone, can be written.")
			return a, false
		}
	}
	a.Criteria = []outCriterion{{Condition: strings.Join(conditions, " || ")}}
	return a, true
}
