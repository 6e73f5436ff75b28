package asl

import (
	"maps"
	"slices"
	"strings"
)

// PlaceholderWorkspace stands for the workspace in a definition that is handed out
// for any.
const PlaceholderWorkspace = "${workspace}"

// Placeholders are the functions that definitions call.
func Placeholders() []string {
	return []string{functionCall, functionUnknown, functionApproval, functionWorkflow}
}

// invoke is a call of a function, by the name it was given, or its placeholder.
func (f *frame) invoke(function string, payload map[string]any) map[string]any {
	f.called[function] = true
	name := f.binding.Functions[function]
	if name == "" {
		name = "${" + function + "}"
	}
	return map[string]any{"FunctionName": name, "Payload": payload}
}

// open says which placeholders a definition that is handed out still has: what
// CloudFormation calls DefinitionSubstitutions.
func (c *compiler) open() string {
	if !c.binding.Handed {
		return ""
	}
	var left []string
	for _, function := range slices.Sorted(maps.Keys(c.called)) {
		if c.binding.Functions[function] == "" {
			left = append(left, function)
		}
	}
	if len(c.called) > 0 && c.binding.Workspace == PlaceholderWorkspace {
		left = append(left, "workspace")
	}
	if len(left) == 0 {
		return ""
	}
	return "; DefinitionSubstitutions: " + strings.Join(left, ", ")
}
