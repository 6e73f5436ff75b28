package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/expr"
)

// state is one compiled state. Fields that do not belong to its kind are zero.
type state struct {
	name, kind string
	next       string // Default of a Choice
	end        bool

	output, arguments, assign *template
	resource                  resource
	timeout, heartbeat        *template
	choices                   []choice
	seconds, timestamp        *template
	errorName, cause          *template
	branches                  []*flow
	items, selector           *template
	concurrency               *template
	tolerated, toleratedShare *template
	retry                     []retrier
	catch                     []catcher
}

type choice struct {
	condition, output, assign *template
	next                      string
}

type retrier struct {
	errors      []string
	interval    float64
	maxAttempts int
	backoff     float64
	maxDelay    float64
	jitter      bool
}

type catcher struct {
	errors         []string
	next           string
	output, assign *template
}

func (p *reader) state(path, name string, raw json.RawMessage, language string, depth int) *state {
	var in stateJSON
	if err := decode(raw, &in); err != nil {
		p.fault(path, "not a state: %v", err)
		return nil
	}
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		p.fault(path, "a state's name has 1 to %d characters", maxName)
	}
	if !p.language(path, &in, raw, language) {
		return &state{name: name}
	}
	s := &state{name: name, kind: in.Type, next: in.Next, end: in.End}
	field := func(name string, raw json.RawMessage) *template { return p.template(path+"/"+name, name, raw) }
	s.output, s.assign = field("Output", in.Output), p.assigned(path+"/Assign", "Assign", in.Assign)
	s.arguments = field("Arguments", in.Arguments)
	switch in.Type {
	case "Pass", "Succeed":
	case "Fail":
		s.errorName, s.cause = field("Error", in.Error), field("Cause", in.Cause)
	case "Wait":
		s.seconds, s.timestamp = p.figure(path, "Seconds", in.Seconds, inWait), field("Timestamp", in.Timestamp)
		if (s.seconds == nil) == (s.timestamp == nil) {
			p.fault(path, "needs one of Seconds and Timestamp")
		}
	case "Choice":
		s.next = in.Default
		p.choices(path, s, in.Choices)
	case "Task":
		if in.Resource == "" {
			p.fault(path+"/Resource", "missing")
		}
		s.resource = parseResource(in.Resource)
		p.patience(path, s, &in)
	case "Parallel":
		if len(in.Branches) == 0 {
			p.fault(path+"/Branches", "missing")
		}
		for i, b := range in.Branches {
			s.branches = append(s.branches, p.flow(fmt.Sprintf("%s/Branches/%d", path, i), b, language, depth+1))
		}
	case "Map":
		p.mapState(path, s, &in, language, depth)
	default:
		p.fault(path+"/Type", "%q is not a type of state", in.Type)
	}
	p.handlers(path, s, &in)
	return s
}

// language tells the states that this machine reads. A state that has no field of
// either language (a bare Pass, a Fail with fixed texts) means the same in both; of
// another in JSONPath nothing more is read.
func (p *reader) language(path string, in *stateJSON, raw json.RawMessage, language string) bool {
	if in.QueryLanguage != "" {
		language = in.QueryLanguage
	}
	switch {
	case language == "JSONata":
		p.stateOnly(path, in.Type, raw)
		return true
	case language != "JSONPath":
		p.fault(path+"/QueryLanguage", "%q is not a query language", language)
		return false
	case in.QueryLanguage == "" && neutral(in, raw):
		return true
	}
	p.cannot(path, "a state in JSONPath")
	return false
}

func neutral(in *stateJSON, raw json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if decode(raw, &fields) != nil {
		return false
	}
	for f, v := range fields {
		switch f {
		case "Type", "Comment", "Next", "End":
		case "Error", "Cause":
			if in.Type != "Fail" || bytes.Contains(v, []byte("{%")) {
				return false
			}
		case "Seconds", "Timestamp":
			if in.Type != "Wait" || bytes.Contains(v, []byte("{%")) {
				return false
			}
		default:
			return false
		}
	}
	return in.Type == "Pass" || in.Type == "Succeed" || in.Type == "Fail" || in.Type == "Wait"
}

func (p *reader) choices(path string, s *state, in []choiceJSON) {
	if len(in) == 0 {
		p.fault(path+"/Choices", "missing")
	}
	for i, c := range in {
		at, field := fmt.Sprintf("%s/Choices/%d/", path, i), fmt.Sprintf("Choices[%d]/", i)
		if c.Condition == nil {
			p.fault(at+"Condition", "missing")
		}
		s.choices = append(s.choices, choice{
			condition: p.template(at+"Condition", field+"Condition", c.Condition),
			output:    p.template(at+"Output", field+"Output", c.Output),
			assign:    p.assigned(at+"Assign", field+"Assign", c.Assign),
			next:      c.Next,
		})
	}
}

func (p *reader) mapState(path string, s *state, in *stateJSON, language string, depth int) {
	processor, at := in.ItemProcessor, path+"/ItemProcessor"
	if processor == nil {
		processor, at = in.Iterator, path+"/Iterator"
	}
	if processor == nil {
		p.fault(path+"/ItemProcessor", "missing")
		return
	}
	p.inline(at, processor)
	s.branches = []*flow{p.flow(at, processor, language, depth+1)}
	field := func(name string, raw json.RawMessage) *template { return p.template(path+"/"+name, name, raw) }
	s.items, s.selector = field("Items", in.Items), field("ItemSelector", in.ItemSelector)
	switch {
	case s.items == nil || s.items.program != nil || s.items.array:
	case s.items.keys != nil:
		p.cannot(path+"/Items", "an object of items; an inline Map iterates over an array")
	default:
		p.fault(path+"/Items", "must be an array, or an expression that gives one")
	}
	s.concurrency = p.figure(path, "MaxConcurrency", in.MaxConcurrency, inCount)
	s.tolerated = p.figure(path, "ToleratedFailureCount", in.ToleratedFailureCount, inCount)
	s.toleratedShare = p.figure(path, "ToleratedFailurePercentage", in.ToleratedFailurePercentage, inShare)
}

// inline refuses the processors of distributed Maps.
func (p *reader) inline(path string, processor json.RawMessage) {
	var outer struct{ ProcessorConfig json.RawMessage }
	var config struct{ Mode, ExecutionType string }
	_ = json.Unmarshal(processor, &outer) // flow tells what is no object
	p.only(path, "an item processor", processor, processorFields)
	at := path + "/ProcessorConfig"
	p.only(at, "a processor's configuration", outer.ProcessorConfig, configFields)
	if outer.ProcessorConfig != nil && json.Unmarshal(outer.ProcessorConfig, &config) != nil {
		p.fault(at, "is an object with a Mode")
	}
	switch {
	case config.Mode != "" && config.Mode != "INLINE":
		p.cannot(at+"/Mode", "a Map in mode "+config.Mode)
	case config.ExecutionType != "":
		p.cannot(at+"/ExecutionType", "a distributed Map")
	}
}

// patience reads how long a task may take and be silent. A task whose time is up
// no later than its first heartbeat is due would never be missed.
func (p *reader) patience(path string, s *state, in *stateJSON) {
	s.timeout = p.figure(path, "TimeoutSeconds", in.TimeoutSeconds, inSeconds)
	s.heartbeat = p.figure(path, "HeartbeatSeconds", in.HeartbeatSeconds, inSeconds)
	if s.timeout == nil || s.heartbeat == nil {
		return
	}
	most, ok := expr.Plain(s.timeout.constant).(float64)
	beat, both := expr.Plain(s.heartbeat.constant).(float64)
	if ok && both && beat >= most {
		p.fault(path+"/HeartbeatSeconds", "is less than TimeoutSeconds")
	}
}

func (p *reader) handlers(path string, s *state, in *stateJSON) {
	if len(in.Retry)+len(in.Catch) > 0 && s.kind != "Task" && s.kind != "Map" && s.kind != "Parallel" {
		p.fault(path, "a %s has neither Retry nor Catch", s.kind)
	}
	for i, r := range in.Retry {
		at := fmt.Sprintf("%s/Retry/%d", path, i)
		p.errorNames(at, r.ErrorEquals, i == len(in.Retry)-1)
		out := retrier{errors: r.ErrorEquals, interval: 1, maxAttempts: 3, backoff: 2, jitter: r.JitterStrategy == "FULL"}
		set := func(to *float64, from *float64, b bounds, name string) {
			if from != nil {
				p.within(at+"/"+name, *from, b)
				*to = *from
			}
		}
		attempts := 3.0
		set(&out.interval, r.IntervalSeconds, inSeconds, "IntervalSeconds")
		set(&out.backoff, r.BackoffRate, inBackoff, "BackoffRate")
		set(&out.maxDelay, r.MaxDelaySeconds, inDelay, "MaxDelaySeconds")
		set(&attempts, r.MaxAttempts, inAttempts, "MaxAttempts")
		out.maxAttempts = int(attempts)
		if r.JitterStrategy != "" && r.JitterStrategy != "FULL" && r.JitterStrategy != "NONE" {
			p.fault(at+"/JitterStrategy", "is FULL or NONE")
		}
		s.retry = append(s.retry, out)
	}
	for i, c := range in.Catch {
		at, field := fmt.Sprintf("%s/Catch/%d", path, i), fmt.Sprintf("Catch[%d]/", i)
		p.errorNames(at, c.ErrorEquals, i == len(in.Catch)-1)
		s.catch = append(s.catch, catcher{
			errors: c.ErrorEquals, next: c.Next,
			output: p.template(at+"/Output", field+"Output", c.Output),
			assign: p.assigned(at+"/Assign", field+"Assign", c.Assign),
		})
	}
}

func (p *reader) errorNames(path string, names []string, last bool) {
	if len(names) == 0 {
		p.fault(path+"/ErrorEquals", "missing")
	}
	for _, n := range names {
		if n == errAll && (len(names) > 1 || !last) {
			p.fault(path+"/ErrorEquals", "States.ALL stands alone and last")
		}
	}
}
