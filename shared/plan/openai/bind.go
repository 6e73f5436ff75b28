package openai

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// field finds the argument that a name means; the body as a whole has none.
func (b *stepBuilder) field(in, name string) (*catalog.Field, bool) {
	op := b.step.Op
	if f, ok := op.Arg(in, name); ok {
		return f, true
	}
	if op.BodyWhole && name == "" && in == "body" {
		return op.Body(), true
	}
	if f, ok := op.Arg("", name); ok {
		return f, true
	}
	b.problems.addf("%s: the operation has no %s argument %q.", b.at, tidy(in, maxName), tidy(name, maxName))
	return nil, false
}

// argument binds one; a step has each once.
func (b *stepBuilder) argument(a answerArgument) {
	f, ok := b.field(a.In, a.Name)
	if !ok {
		return
	}
	if b.bound(f) >= 0 {
		b.problems.addf("%s: argument %q is bound twice.", b.at, tidy(a.Name, maxName))
		return
	}
	if arg, ok := b.value(f, a); ok {
		b.step.Args = append(b.step.Args, arg)
	}
}

// bound is where the step has the argument; -1 where it has not.
func (b *stepBuilder) bound(f *catalog.Field) int {
	return slices.IndexFunc(b.step.Args, func(a draft.Arg) bool { return a.In == f.In && slices.Equal(a.Path, f.Path) })
}

// value is what the argument takes: a literal, a question, or a place in an answer.
func (b *stepBuilder) value(f *catalog.Field, a answerArgument) (draft.Arg, bool) {
	arg := draft.Arg{In: f.In, Path: f.Path}
	name := tidy(a.Name, maxName)
	switch a.Source {
	case "literal":
		raw, ok := literal(a.Value)
		if !ok {
			b.problems.addf("%s: the value of %q is not JSON.", b.at, name)
			return arg, false
		}
		arg.Value, arg.From = draft.Value{Literal: raw}, "your words"
	case "input":
		return b.ask(f), true
	case "item":
		if b.step.Loop == nil {
			b.problems.addf("%s: %q takes from an item, but the step has no for_each.", b.at, name)
			return arg, false
		}
		path := split(a.Path)
		if st, found := b.draft.Find(b.step.Loop.Over.Step); found && !lies(st.Op, append(b.items(), path...)) {
			b.problems.addf("%s: the items have no %q.", b.at, tidy(strings.Join(path, "/"), maxText))
			return arg, false
		}
		arg.Value, arg.From = draft.Value{Ref: &draft.Ref{Item: true, Path: path}}, "the item"
	case "step":
		ref, ok := b.earlier(a.place, "argument "+name)
		if !ok {
			return arg, false
		}
		switch a.Pick {
		case "all":
			ref.Pick.All = true
		case "last":
			ref.Pick.Last = true
		}
		ref.Wrap = f.Is("array") && !ref.Pick.All && slices.Contains(ref.Path, "*")
		arg.Value, arg.From = draft.Value{Ref: &ref}, "the answer of "+ref.Step
	default:
		b.problems.addf("%s: argument %q has no source %q.", b.at, name, tidy(a.Source, maxName))
		return arg, false
	}
	return arg, true
}

func (b *stepBuilder) ask(f *catalog.Field) draft.Arg {
	if f.In == "body" && len(f.Path) == 0 {
		return draft.AskBody(b.asked(), b.step.Op)
	}
	return draft.Ask(b.asked(), b.step.Op, f)
}

// missing asks for the required arguments that the model left out.
func (b *stepBuilder) missing() {
	op := b.step.Op
	body := slices.ContainsFunc(b.step.Args, func(a draft.Arg) bool { return a.In == "body" })
	for _, f := range op.Required() {
		if b.bound(f) < 0 {
			b.step.Args = append(b.step.Args, b.ask(f))
			body = body || f.In == "body"
		}
	}
	if whole := op.Operation().Body; !body && whole != nil && whole.Required {
		b.step.Args = append(b.step.Args, draft.AskBody(b.asked(), op))
	}
}

// literal reads JSON text; plain words, which models write without quotes, are a
// text. An expression is no literal: it would be evaluated.
func literal(text string) (json.RawMessage, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return json.RawMessage(`""`), true
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text), true
	}
	if strings.ContainsAny(text[:1], `{["`) {
		return nil, false
	}
	raw, err := json.Marshal(text)
	return raw, err == nil
}
