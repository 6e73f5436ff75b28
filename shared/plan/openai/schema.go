package openai

import "slices"

// Kinds of an answer to a message that has a last plan.
const (
	kindEdit = "edit"
	kindNew  = "new"
)

// What an edit does.
const (
	doAdd     = "add_step"
	doRemove  = "remove_step"
	doMove    = "move_step"
	doSet     = "set_argument"
	doUnset   = "unset_argument"
	doForEach = "set_for_each"
	doOnlyIf  = "set_only_if"
)

// schema is the answer's JSON Schema in the subset that strict structured output
// takes: every property required, none added, absence written as null. Operations
// are an enum of ids; without ids they are a text, for servers that are told the
// schema in words, which must hold nothing of a document.
func schema(ids []string, edits bool) map[string]any {
	operation := text()
	if len(ids) > 0 {
		operation["enum"] = ids
	}
	properties := map[string]any{
		"possible": map[string]any{"type": "boolean"},
		"reason":   text(),
		"name":     text(),
		"steps":    list(stepSchema(operation)),
	}
	if edits {
		properties["kind"] = enum(kindEdit, kindNew)
		properties["edits"] = list(object(map[string]any{
			"do":       enum(doAdd, doRemove, doMove, doSet, doUnset, doForEach, doOnlyIf),
			"words":    text(),
			"step":     text(),
			"after":    text(),
			"new_step": nullable(stepSchema(operation)),
			"argument": nullable(argumentSchema()),
			"for_each": nullable(placeSchema()),
			"only_if":  nullable(comparisonSchema()),
		}))
	}
	return object(properties)
}

func stepSchema(operation map[string]any) map[string]any {
	return object(map[string]any{
		"id":        text(),
		"operation": operation,
		"why":       text(),
		"for_each":  nullable(placeSchema()),
		"only_if":   nullable(comparisonSchema()),
		"arguments": list(argumentSchema()),
	})
}

func argumentSchema() map[string]any {
	return object(map[string]any{
		"in":     enum("path", "query", "header", "body"),
		"name":   text(),
		"source": enum("literal", "step", "item", "input"),
		"value":  text(),
		"step":   text(),
		"path":   list(text()),
		"pick":   enum("first", "last", "all"),
	})
}

func placeSchema() map[string]any {
	return object(map[string]any{"step": text(), "path": list(text())})
}

func comparisonSchema() map[string]any {
	return object(map[string]any{"step": text(), "path": list(text()),
		"compare": enum("=", "!=", ">", ">=", "<", "<=", "exists", "empty"), "value": text()})
}

func object(properties map[string]any) map[string]any {
	required := make([]string, 0, len(properties))
	for name := range properties {
		required = append(required, name)
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func text() map[string]any { return map[string]any{"type": "string"} }

func list(items map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": items}
}

func nullable(schema map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

func enum(members ...string) map[string]any { return map[string]any{"type": "string", "enum": members} }
