package plantest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Inputs are the schemas of a definition's inputs, by name.
func Inputs(t testing.TB, definition json.RawMessage) map[string]map[string]any {
	t.Helper()
	var doc struct {
		Input struct {
			Properties map[string]map[string]any `json:"properties"`
		} `json:"input"`
	}
	if err := json.Unmarshal(definition, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Input.Properties
}

// Answer writes a value that fits a schema as a person would say it.
func Answer(t testing.TB, schema map[string]any) string {
	t.Helper()
	if enum, ok := schema["enum"].([]any); ok {
		return strings.ToUpper(fmt.Sprint(enum[0]))
	}
	switch schema["type"] {
	case "integer":
		return fmt.Sprint(atLeast(12, schema["minimum"]))
	case "number":
		return "12.5"
	case "boolean":
		return "yes"
	case "array", "object":
		raw, err := json.Marshal(Value(t, schema))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	formats := map[any]string{"date": "2026-05-01", "date-time": "2026-05-01T10:00:00Z", "uuid": "dad4bce8-f5cb-4078-a211-995864315e39", "email": "ann@example.org", "uri": "https://example.org/a?b=c"}
	if f, ok := formats[schema["format"]]; ok {
		return f
	}
	return "Hello, world: 1 of 2"
}

func atLeast(least int, minimum any) int {
	if m, ok := minimum.(float64); ok && int(m) > least {
		return int(m)
	}
	return least
}

// Value is one that fits a schema, as JSON.
func Value(t testing.TB, schema map[string]any) any {
	t.Helper()
	switch schema["type"] {
	case "array":
		items, _ := schema["items"].(map[string]any)
		return []any{Value(t, items), Value(t, items)}
	case "object":
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for name, p := range properties {
			out[name] = Value(t, p.(map[string]any))
		}
		return out
	case "integer", "number":
		return 12
	case "boolean":
		return true
	}
	if enum, ok := schema["enum"].([]any); ok {
		return enum[0]
	}
	return Answer(t, schema)
}
