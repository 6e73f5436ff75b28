package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
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

var pair = regexp.MustCompile(`(?m)(?:^|[,;\n])\s*([A-Za-z_][A-Za-z0-9_ ]{0,60}?)\s*(?::|=| is )\s*([^,;\n]{1,500})`)

const maxAnswerWords = 12

// answer reads a message as the answer to the open questions of the
// conversation's last plan: "field: value", or one value for the one question.
// What is answered becomes the input's default.
func (s *Service) answer(ctx context.Context, conv conversation, message string) (record, bool, error) {
	if conv.Last == "" {
		return record{}, false, nil
	}
	rec, err := s.read(ctx, conv.Last)
	if apierr.CodeOf(err) == apierr.NotFound {
		return record{}, false, nil
	}
	if err != nil || len(rec.Questions) == 0 {
		return record{}, false, err
	}
	given := map[string]string{}
	for _, m := range pair.FindAllStringSubmatch(message, 50) {
		for _, q := range rec.Questions {
			if plain(m[1]) == plain(q.Field) {
				given[q.Field] = unquote(m[2])
			}
		}
	}
	if len(given) == 0 && len(rec.Questions) == 1 && len(strings.Fields(message)) <= maxAnswerWords && !strings.ContainsAny(message, "?:=") && !s.builtin.Asks(message) {
		given[rec.Questions[0].Field] = unquote(message)
	}
	if len(given) == 0 {
		return record{}, false, nil
	}
	return fill(rec, given)
}

// fill writes the answers into the document as defaults of its inputs.
func fill(rec record, given map[string]string) (record, bool, error) {
	doc, err := workflow.Stored(rec.Workflow)
	if err != nil {
		return record{}, false, fmt.Errorf("plan: stored workflow: %w", err)
	}
	var schema map[string]json.RawMessage
	var properties map[string]map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(doc.Input, &schema), json.Unmarshal(schema["properties"], &properties)); err != nil {
		return record{}, false, fmt.Errorf("plan: stored input schema: %w", err)
	}
	open := rec.Questions[:0:0]
	for _, q := range rec.Questions {
		text, ok := given[q.Field]
		value, fits := typed(properties[q.Field]["type"], text)
		if !ok || !fits {
			open = append(open, q)
			continue
		}
		properties[q.Field]["default"] = value
	}
	if len(open) == len(rec.Questions) {
		return record{}, false, nil
	}
	if schema["properties"], err = json.Marshal(properties); err != nil {
		return record{}, false, err
	}
	if doc.Input, err = json.Marshal(schema); err != nil {
		return record{}, false, err
	}
	if rec.Workflow, err = workflow.Encode(doc); err != nil {
		return record{}, false, err
	}
	if _, err := workflow.Parse(rec.Workflow); err != nil {
		return record{}, false, err
	}
	rec.Confidence = min(mostConfidence, rec.Confidence/pow(perQuestion, len(rec.Questions)-len(open)))
	rec.Questions, rec.Usage, rec.BasedOn, rec.Changes, rec.Answer = open, Usage{}, "", nil, true
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
	return rec, true, nil
}

func pow(x float64, n int) float64 {
	p := 1.0
	for range n {
		p *= x
	}
	return p
}

// typed reads an answer as the input's type; an answer of another type is none.
func typed(declared json.RawMessage, text string) (json.RawMessage, bool) {
	var t string
	_ = json.Unmarshal(declared, &t) // none or several: a string will do
	switch t {
	case "integer", "number":
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || t == "integer" && n != float64(int64(n)) {
			return nil, false
		}
		return json.RawMessage(strconv.FormatFloat(n, 'f', -1, 64)), true
	case "boolean":
		switch strings.ToLower(text) {
		case "yes", "true":
			return json.RawMessage("true"), true
		case "no", "false":
			return json.RawMessage("false"), true
		}
		return nil, false
	case "array", "object":
		if json.Valid([]byte(text)) && (text[0] == '[') == (t == "array") {
			return json.RawMessage(text), true
		}
		if t == "array" {
			raw, err := json.Marshal([]string{text})
			return raw, err == nil
		}
		return nil, false
	}
	raw, err := json.Marshal(text)
	return raw, err == nil
}

func unquote(s string) string {
	return strings.Trim(strings.TrimRight(strings.TrimSpace(s), ".!"), "\"'“”‘’ ")
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
