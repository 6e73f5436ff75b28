package openai

import "slices"

// schema is the answer's JSON Schema in the subset that strict structured output
// takes: every property required, none added, absence written as null.
func (o *offer) schema() map[string]any {
	text := map[string]any{"type": "string"}
	texts := map[string]any{"type": "array", "items": text}
	return object(map[string]any{
		"possible": map[string]any{"type": "boolean"},
		"reason":   text,
		"name":     text,
		"steps": map[string]any{"type": "array", "items": object(map[string]any{
			"id":        text,
			"operation": map[string]any{"type": "string", "enum": o.ids},
			"why":       text,
			"for_each":  nullable(object(map[string]any{"step": text, "path": texts})),
			"only_if": nullable(object(map[string]any{"step": text, "path": texts,
				"compare": enum("=", "!=", ">", ">=", "<", "<=", "exists", "empty"), "value": text})),
			"arguments": map[string]any{"type": "array", "items": object(map[string]any{
				"in":     enum("path", "query", "header", "body"),
				"name":   text,
				"source": enum("literal", "step", "item", "input"),
				"value":  text,
				"step":   text,
				"path":   texts,
				"pick":   enum("first", "last", "all"),
			})},
		})},
	})
}

func object(properties map[string]any) map[string]any {
	required := make([]string, 0, len(properties))
	for name := range properties {
		required = append(required, name)
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func nullable(schema map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

func enum(members ...string) map[string]any { return map[string]any{"type": "string", "enum": members} }
