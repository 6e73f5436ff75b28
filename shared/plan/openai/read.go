package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	sdk "github.com/openai/openai-go/v3"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Bounds of an answer.
const (
	maxAnswer   = 256 << 10
	maxSteps    = 24
	maxProblems = 20
)

type answer struct {
	Possible bool         `json:"possible"`
	Reason   string       `json:"reason"`
	Name     string       `json:"name"`
	Steps    []answerStep `json:"steps"`
	// Kind and Edits answer a message that has a last plan.
	Kind  string       `json:"kind"`
	Edits []answerEdit `json:"edits"`
}

type answerEdit struct {
	Do       string          `json:"do"`
	Words    string          `json:"words"`
	Step     string          `json:"step"`
	After    string          `json:"after"`
	NewStep  *answerStep     `json:"new_step"`
	Argument *answerArgument `json:"argument"`
	ForEach  *place          `json:"for_each"`
	OnlyIf   *comparison     `json:"only_if"`
}

type answerStep struct {
	ID        string           `json:"id"`
	Operation string           `json:"operation"`
	Why       string           `json:"why"`
	ForEach   *place           `json:"for_each"`
	OnlyIf    *comparison      `json:"only_if"`
	Arguments []answerArgument `json:"arguments"`
}

type place struct {
	Step string   `json:"step"`
	Path []string `json:"path"`
}

type comparison struct {
	place
	Compare string `json:"compare"`
	Value   string `json:"value"`
}

type answerArgument struct {
	In     string `json:"in"`
	Name   string `json:"name"`
	Source string `json:"source"`
	Value  string `json:"value"`
	place
	Pick string `json:"pick"`
}

// read judges a completion: refusal, cut, form, then content.
func read(c *sdk.ChatCompletion, kept withheld, off *offer, last *draft.Draft, usage plan.Usage) (plan.DraftResult, error) {
	if len(c.Choices) == 0 {
		return plan.DraftResult{}, &plan.ModelError{Reason: "The model gave no answer.", Usage: usage}
	}
	choice := c.Choices[0]
	if choice.Message.Refusal != "" || choice.FinishReason == "content_filter" {
		return plan.DraftResult{}, &plan.ModelError{Reason: "The model declined to plan this goal.", Usage: usage}
	}
	raw := choice.Message.Content
	repairable := func(reason string, problems ...string) error {
		return &plan.ModelError{Reason: reason, Problems: problems, Raw: clipBytes(raw, 8<<10), Usage: usage}
	}
	if choice.FinishReason == "length" {
		return plan.DraftResult{}, repairable("it was cut short.", "Your answer was cut off. Answer shorter, with fewer steps.")
	}
	a, err := parse(raw)
	if err != nil {
		return plan.DraftResult{}, repairable("it was not the JSON that was asked for.", "Your answer is not one JSON object of the schema: "+err.Error())
	}
	kept.restore(&a)
	if !a.Possible {
		return plan.DraftResult{}, &plan.ModelError{Reason: tidy(a.Reason, maxText), Impossible: true, Usage: usage}
	}
	d, edits, problems := drafted(a, off, last)
	if len(problems) > 0 {
		return plan.DraftResult{}, repairable(problems[0], problems...)
	}
	return plan.DraftResult{Draft: d, Edits: edits, Raw: clipBytes(raw, 32<<10), Usage: usage}, nil
}

// drafted makes the plan that the answer tells: a new one, or edits of the last.
func drafted(a answer, off *offer, last *draft.Draft) (*draft.Draft, []plan.Edit, []string) {
	switch {
	case last == nil || a.Kind == kindNew && len(a.Edits) == 0:
		d, problems := build(a, off)
		return d, nil, problems
	case a.Kind == kindEdit && len(a.Steps) == 0:
		return edited(a.Edits, off, last)
	case a.Kind == kindEdit || a.Kind == kindNew:
		return nil, nil, []string{`Kind "edit" has "edits" and no "steps"; kind "new" has "steps" and no "edits".`}
	}
	return nil, nil, []string{`"kind" is "edit" or "new".`}
}

// parse finds the JSON object in an answer; servers without a strict mode wrap it
// in fences or prose.
func parse(raw string) (answer, error) {
	var a answer
	if len(raw) > maxAnswer {
		return a, fmt.Errorf("it is longer than %d bytes", maxAnswer)
	}
	from := strings.IndexByte(raw, '{')
	if from < 0 {
		return a, fmt.Errorf("there is no object in it")
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(raw[from:])))
	if err := dec.Decode(&a); err != nil {
		return answer{}, fmt.Errorf("it does not decode: %w", err)
	}
	if len(a.Steps) > maxSteps || len(a.Edits) > maxSteps {
		return answer{}, fmt.Errorf("it has more than %d steps or edits", maxSteps)
	}
	return a, nil
}

// problems collects what is wrong, as sentences for the model.
type problems []string

func (p *problems) addf(format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}
