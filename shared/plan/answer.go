package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/workflow"
)

// goal is what is to be planned: the message, and what it goes on from where it
// is no goal of its own ("also tell the channel").
func (c conversation) goal(message string) string {
	first, _, _ := strings.Cut(strings.ToLower(message), " ")
	if !continues[strings.Trim(first, ",")] {
		return message
	}
	for i := len(c.Turns) - 1; i >= 0; i-- {
		if t := c.Turns[i]; t.Role == "user" && !t.Answer {
			joined := strings.TrimRight(t.Text, ". ") + ". " + message
			if len([]rune(joined)) <= MaxMessage {
				return joined
			}
			break
		}
	}
	return message
}

var continues = map[string]bool{"also": true, "then": true, "and": true, "afterwards": true, "additionally": true, "finally": true}

// answer reads a message as the answer to the questions of the conversation's last
// plan: "field: value", or one value for the one question that is open. What is
// answered becomes the input's default. An answer that does not fit is refused with
// VALIDATION_FAILED, and says what would.
func (s *Service) answer(ctx context.Context, conv conversation, message string, conns []connection.Connection) (record, bool, error) {
	if conv.Last == "" {
		return record{}, false, nil
	}
	rec, err := s.read(ctx, conv.Last)
	if apierr.CodeOf(err) == apierr.NotFound {
		return record{}, false, nil
	}
	if err != nil {
		return record{}, false, err
	}
	doc, properties, err := inputsOf(rec.Workflow)
	if err != nil || len(properties) == 0 {
		return record{}, false, err
	}
	texts := pairs(message, properties)
	named := len(texts) > 0
	if !named && len(rec.Questions) == 1 && s.alone(message) {
		texts = map[string]string{rec.Questions[0].Field: unquote(message)}
	}
	if len(texts) == 0 {
		return record{}, false, nil
	}
	given, wrong := map[string]json.RawMessage{}, []apierr.Problem(nil)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		value, why := typed(properties[name], texts[name])
		if why != "" {
			wrong = append(wrong, apierr.Problem{Path: "/message", Code: "type", Message: name + ": " + why})
			continue
		}
		given[name] = value
	}
	more, err := s.misfits(ctx, rec, conns, given)
	if err != nil {
		return record{}, false, err
	}
	for _, p := range more {
		p.Path, p.Message = "/message", p.Path+": "+p.Message
		wrong = append(wrong, p)
	}
	if len(wrong) > 0 && !named && len(strings.Fields(message)) > mostOfValue {
		return record{}, false, nil // a goal without a verb
	}
	if len(wrong) > 0 {
		// The detail goes into the trail, so that it does not quote the answer: that may be a
		// password.
		return record{}, false, apierr.New(apierr.ValidationFailed, "The answer does not fit what was asked. Answer again as “field: value”, or say what should be done instead.").With(wrong...)
	}
	rec, err = fill(rec, doc, properties, given)
	return rec, err == nil, err
}

const (
	maxAnswerWords = 12
	// mostOfValue is how many words of a message are surely meant as the answer to the
	// one question, though they do not fit it.
	mostOfValue = 3
)

// alone says whether a message without a field's name may be an answer.
func (s *Service) alone(message string) bool {
	if message[0] == '{' || message[0] == '[' {
		return true
	}
	words := len(strings.Fields(message))
	return (words == 1 || words <= maxAnswerWords && !strings.ContainsAny(message, "?:=")) && !s.builtin.Asks(message)
}

// inputsOf reads the stored document and the schemas of its inputs.
func inputsOf(raw json.RawMessage) (*workflow.Document, map[string]map[string]json.RawMessage, error) {
	doc, err := workflow.Stored(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("plan: stored workflow: %w", err)
	}
	if len(doc.Input) == 0 {
		return doc, nil, nil
	}
	var schema struct {
		Properties map[string]map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(doc.Input, &schema); err != nil {
		return nil, nil, fmt.Errorf("plan: stored input schema: %w", err)
	}
	return doc, schema.Properties, nil
}

// fill writes the answers into the document as defaults of its inputs.
func fill(rec record, doc *workflow.Document, properties map[string]map[string]json.RawMessage, given map[string]json.RawMessage) (record, error) {
	var schema map[string]json.RawMessage
	if err := json.Unmarshal(doc.Input, &schema); err != nil {
		return record{}, fmt.Errorf("plan: stored input schema: %w", err)
	}
	open := []Question{}
	for _, q := range rec.Questions {
		if _, ok := given[q.Field]; !ok {
			open = append(open, q)
		}
	}
	for name, value := range given {
		properties[name]["default"] = value
	}
	var err error
	if schema["properties"], err = json.Marshal(properties); err != nil {
		return record{}, err
	}
	if doc.Input, err = json.Marshal(schema); err != nil {
		return record{}, err
	}
	if rec.Workflow, err = workflow.Encode(doc); err != nil {
		return record{}, err
	}
	if _, err := workflow.Parse(rec.Workflow); err != nil {
		return record{}, err
	}
	rec.Confidence = min(mostConfidence, rec.Confidence/pow(perQuestion, len(rec.Questions)-len(open)))
	rec.Questions, rec.Usage, rec.BasedOn, rec.Changes, rec.Answer, rec.Taken = open, Usage{}, "", nil, true, ""
	rec.Message = "Thank you. "
	if len(open) > 0 {
		rec.Message += fmt.Sprintf("%s left to answer. ", count(len(open), "question"))
	} else {
		rec.Message += "Every question is answered. "
	}
	if ids := irreversible(rec.Steps); len(ids) > 0 {
		rec.Message += cannotBeUndone(ids) + " "
	}
	rec.Message += "Nothing runs until you confirm."
	return rec, nil
}

func pow(x float64, n int) float64 {
	p := 1.0
	for range n {
		p *= x
	}
	return p
}
