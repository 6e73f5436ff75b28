package asl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"
)

// The fields that JSONata states and their parts have (ASL specification; AWS
// refuses any other). Names are exact: encoding/json alone would take "output".
var (
	topFields       = []string{"Comment", "QueryLanguage", "Version", "StartAt", "States", "TimeoutSeconds"}
	branchFields    = []string{"Comment", "StartAt", "States"}
	processorFields = []string{"Comment", "StartAt", "States", "ProcessorConfig"}
	configFields    = []string{"Mode", "ExecutionType"}
	choiceFields    = []string{"Comment", "Condition", "Output", "Assign", "Next"}
	retryFields     = []string{"Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
	catchFields     = []string{"Comment", "ErrorEquals", "Output", "Assign", "Next"}

	commonFields = []string{"Type", "Comment", "QueryLanguage"}
	stateFields  = map[string][]string{
		"Pass":    {"Output", "Assign", "Next", "End"},
		"Succeed": {"Output", "End"},
		"Fail":    {"Error", "Cause", "End"},
		"Wait":    {"Output", "Assign", "Next", "End", "Seconds", "Timestamp"},
		"Choice":  {"Output", "Assign", "Choices", "Default"},
		"Task": {"Output", "Assign", "Next", "End", "Arguments", "Resource", "TimeoutSeconds", "HeartbeatSeconds",
			"Credentials", "Retry", "Catch"},
		"Parallel": {"Output", "Assign", "Next", "End", "Arguments", "Branches", "Retry", "Catch"},
		"Map": {"Output", "Assign", "Next", "End", "Items", "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency",
			"ToleratedFailureCount", "ToleratedFailurePercentage", "Retry", "Catch", "ItemReader", "ItemBatcher", "ResultWriter", "Label"},
	}
)

// lacking are fields that AWS runs and this machine does not, with the reason.
var lacking = map[string]string{ // #nosec G101 -- names of fields
	"Credentials":  "another role's credentials for a task",
	"ItemReader":   "a distributed Map",
	"ItemBatcher":  "a distributed Map",
	"ResultWriter": "a distributed Map",
	"Label":        "a distributed Map",
}

// only refuses the fields of an object that are not among those allowed. What is
// no object is told by whoever reads it.
func (p *reader) only(path, what string, raw json.RawMessage, allowed ...[]string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(slices.Concat(allowed...), name) {
			p.fault(path+"/"+escape(name), "is not a field of %s", what)
		} else if why, ok := lacking[name]; ok {
			p.cannot(path+"/"+name, why)
		}
	}
}

// each does the same for the objects of a list.
func (p *reader) each(path, what string, raw json.RawMessage, allowed []string) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for i, x := range list {
		p.only(fmt.Sprintf("%s/%d", path, i), what, x, allowed)
	}
}

// stateOnly refuses what a JSONata state does not have.
func (p *reader) stateOnly(path, kind string, raw json.RawMessage) {
	own, ok := stateFields[kind]
	if !ok {
		return // its type is at fault
	}
	p.only(path, "a "+kind+" in JSONata", raw, commonFields, own)
	var parts map[string]json.RawMessage
	_ = json.Unmarshal(raw, &parts)
	p.each(path+"/Choices", "a choice in JSONata", parts["Choices"], choiceFields)
	p.each(path+"/Retry", "a retrier", parts["Retry"], retryFields)
	p.each(path+"/Catch", "a catcher in JSONata", parts["Catch"], catchFields)
	p.each(path+"/Branches", "a branch", parts["Branches"], branchFields)
}

// maxName is the longest name of a variable, in characters (Step Functions quota).
const maxName = 80

// assigned reads an Assign: an object whose names are those of variables.
func (p *reader) assigned(path, field string, raw json.RawMessage) *template {
	t := p.template(path, field, raw)
	if t == nil {
		return nil
	}
	if t.program != nil || t.array || t.keys == nil {
		p.fault(path, "is an object of names and values")
		return nil
	}
	for _, name := range t.keys {
		switch {
		case name == "states":
			p.fault(path+"/states", "$states is reserved")
		case utf8.RuneCountInString(name) > maxName:
			p.fault(path+"/"+escape(name), "a variable's name has at most %d characters", maxName)
		case !identifier(name):
			p.fault(path+"/"+escape(name), "is not a variable's name: a letter, then letters, digits and _")
		}
	}
	return t
}

// identifier follows Unicode's UAX #31, which AWS names: a letter first.
func identifier(name string) bool {
	for i, c := range name {
		switch {
		case unicode.IsLetter(c), unicode.Is(unicode.Nl, c):
		case i > 0 && (c == '_' || unicode.IsDigit(c) || unicode.Is(unicode.Mn, c) || unicode.Is(unicode.Mc, c) || unicode.Is(unicode.Pc, c)):
		default:
			return false
		}
	}
	return name != ""
}
