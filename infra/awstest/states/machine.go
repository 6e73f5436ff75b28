package states

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/execution/local/asl"
)

// machine is a state machine.
type machine struct {
	arn     string
	given   createStateMachine
	created time.Time
	// runs is the definition as the interpreter gets it.
	runs json.RawMessage
}

func (m *machine) express() bool { return m.given.Type == "EXPRESS" }

type createStateMachine struct {
	Name                 string         `json:"name"`
	Definition           string         `json:"definition"`
	RoleARN              string         `json:"roleArn"`
	Type                 string         `json:"type"`
	Publish              bool           `json:"publish"`
	VersionDescription   string         `json:"versionDescription,omitempty"`
	LoggingConfiguration *logging       `json:"loggingConfiguration,omitempty"`
	TracingConfiguration map[string]any `json:"tracingConfiguration,omitempty"`
	Tags                 []any          `json:"tags,omitempty"`
}

type logging struct {
	Level                string `json:"level"`
	IncludeExecutionData bool   `json:"includeExecutionData"`
	Destinations         []struct {
		CloudWatchLogsLogGroup struct {
			LogGroupARN string `json:"logGroupArn"`
		} `json:"cloudWatchLogsLogGroup"`
	} `json:"destinations"`
}

var (
	// forbidden is what no name may contain (API reference, CreateStateMachine).
	forbidden = regexp.MustCompile("[\\s<>{}\\[\\]?*\"#%\\\\^|~`$&,;:/\\x00-\\x1f\\x7f-\\x9f]")
	roles     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`)
	logGroups = regexp.MustCompile(`^arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:[^:*]+:\*$`)
)

func checkName(name string) *Error {
	if name == "" || len(name) > 80 || forbidden.MatchString(name) {
		return refuse("InvalidName", "Invalid Name: '%s'", name)
	}
	return nil
}

func (s *Server) createStateMachine(in createStateMachine) (any, *Error) {
	if in.Type == "" {
		in.Type = "STANDARD"
	}
	if err := in.check(s.opts.Account); err != nil {
		return nil, err
	}
	runs, err := s.definition(in)
	if err != nil {
		return nil, err
	}
	arn := "arn:aws:states:" + s.opts.Region + ":" + s.opts.Account + ":stateMachine:" + in.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.machines[arn]
	if m == nil {
		m = &machine{arn: arn, given: in, created: time.Now(), runs: runs}
		s.machines[arn] = m
	} else if err := m.same(in); err != nil {
		return nil, err
	}
	out := map[string]any{"stateMachineArn": arn, "creationDate": epoch(m.created)}
	if in.Publish {
		out["stateMachineVersionArn"] = arn + ":1"
	}
	return out, nil
}

func (in createStateMachine) check(account string) *Error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	switch {
	case in.Type != "STANDARD" && in.Type != "EXPRESS":
		return refuse("ValidationException", "Value '%s' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]", in.Type)
	case in.RoleARN == "":
		return refuse("ValidationException", "Value null at 'roleArn' failed to satisfy constraint: Member must not be null")
	case !roles.MatchString(in.RoleARN):
		return refuse("InvalidArn", "Invalid Role Arn: '%s'", in.RoleARN)
	case !strings.Contains(in.RoleARN, "::"+account+":"):
		return refuse("AccessDeniedException", "Cross-account pass role is not allowed.")
	case in.VersionDescription != "" && !in.Publish:
		return refuse("ValidationException", "Version description can only be set when publish is set to true.")
	}
	return in.LoggingConfiguration.check()
}

func (l *logging) check() *Error {
	if l == nil {
		return nil
	}
	switch l.Level {
	case "", "OFF":
		return nil
	case "ALL", "ERROR", "FATAL":
	default:
		return refuse("ValidationException", "Value '%s' at 'loggingConfiguration.level'", l.Level)
	}
	if len(l.Destinations) != 1 {
		return refuse("InvalidLoggingConfiguration", "Invalid Logging Configuration: Must specify exactly one Log Destination.")
	}
	if arn := l.Destinations[0].CloudWatchLogsLogGroup.LogGroupARN; !logGroups.MatchString(arn) {
		return refuse("InvalidLoggingConfiguration", "Invalid Logging Configuration: Invalid Log Destination %s", arn)
	}
	return nil
}

// logs says whether a machine's history is logged, with data.
func (m *machine) logs() bool {
	l := m.given.LoggingConfiguration
	return l != nil && l.Level == "ALL" && l.IncludeExecutionData
}

// same says whether creating a machine again is creating it once (API reference:
// role and tags do not count).
func (m *machine) same(in createStateMachine) *Error {
	have := m.given
	switch {
	case have.Definition != in.Definition || have.Type != in.Type ||
		!reflect.DeepEqual(have.LoggingConfiguration, in.LoggingConfiguration) || !reflect.DeepEqual(have.TracingConfiguration, in.TracingConfiguration):
		return refuse("StateMachineAlreadyExists", "State Machine Already Exists: '%s'", m.arn)
	case have.Publish != in.Publish || have.VersionDescription != in.VersionDescription:
		return refuse("ConflictException", "A version of '%s' was published otherwise", m.arn)
	}
	return nil
}

const maxDefinition = 1 << 20

// definition judges a definition as CreateStateMachine does, and gives it to the
// interpreter with what its type adds.
func (s *Server) definition(in createStateMachine) (json.RawMessage, *Error) {
	invalid := func(format string, args ...any) *Error {
		return refuse("InvalidDefinition", "Invalid State Machine Definition: '%s'", fmt.Sprintf(format, args...))
	}
	if in.Definition == "" || len(in.Definition) > maxDefinition {
		return nil, refuse("ValidationException", "Value at 'definition' failed to satisfy constraint: Member must have length between 1 and %d", maxDefinition)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal([]byte(in.Definition), &top); err != nil {
		return nil, invalid("INVALID_JSON_DESCRIPTION: %v", err)
	}
	if _, err := asl.Parse(json.RawMessage(in.Definition), nil); err != nil {
		var faults *asl.DefinitionError
		if errors.As(err, &faults) {
			return nil, invalid("SCHEMA_VALIDATION_FAILED: %s at %s", faults.Problems[0].Message, faults.Problems[0].Path)
		}
		return nil, invalid("%v (this stand-in has no such thing)", err)
	}
	var fault string
	tasks(json.RawMessage(in.Definition), func(name, resource string) {
		switch {
		case len(name) > 80:
			fault = "SCHEMA_VALIDATION_FAILED: State names must be 80 characters or less"
		case resource == "" || resource == "arn:aws:states:::lambda:invoke":
		case resource != "arn:aws:states:::lambda:invoke.waitForTaskToken":
			fault = "SCHEMA_VALIDATION_FAILED: The resource provided " + resource + " is not recognized"
		case in.Type == "EXPRESS":
			fault = "UNSUPPORTED_OPERATION: Express state machine does not support '" + resource + "' service integration"
		}
	})
	if fault != "" {
		return nil, invalid("%s", fault)
	}
	if in.Type == "EXPRESS" {
		limit := s.opts.ExpressLimit.Seconds()
		var own float64
		if json.Unmarshal(top["TimeoutSeconds"], &own) != nil || own == 0 || own > limit {
			top["TimeoutSeconds"], _ = json.Marshal(limit)
		}
	}
	runs, err := json.Marshal(top)
	if err != nil {
		return nil, invalid("%v", err)
	}
	return runs, nil
}

// tasks visits the states of a definition at every depth.
func tasks(flow json.RawMessage, visit func(name, resource string)) {
	var in struct{ States map[string]json.RawMessage }
	if json.Unmarshal(flow, &in) != nil {
		return // Parse has seen it
	}
	for name, raw := range in.States {
		var s struct {
			Resource      string
			Branches      []json.RawMessage
			ItemProcessor json.RawMessage
		}
		_ = json.Unmarshal(raw, &s) // likewise
		visit(name, s.Resource)
		for _, b := range append(s.Branches, s.ItemProcessor) {
			tasks(b, visit)
		}
	}
}

func (s *Server) describeStateMachine(in struct {
	ARN string `json:"stateMachineArn"`
}) (any, *Error) {
	m, err := s.machine(in.ARN)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"stateMachineArn": m.arn, "name": m.given.Name, "status": "ACTIVE", "definition": m.given.Definition,
		"roleArn": m.given.RoleARN, "type": m.given.Type, "creationDate": epoch(m.created)}
	if m.given.LoggingConfiguration != nil {
		out["loggingConfiguration"] = m.given.LoggingConfiguration
	}
	return out, nil
}

func (s *Server) machine(arn string) (*machine, *Error) {
	if !strings.HasPrefix(arn, "arn:aws:states:"+s.opts.Region+":") || !strings.Contains(arn, ":stateMachine:") || len(arn) > 256 {
		return nil, refuse("InvalidArn", "Invalid Arn: '%s'", arn)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.machines[arn]
	if m == nil {
		return nil, refuse("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	}
	return m, nil
}

// Forget deletes a state machine, as somebody may by hand.
func (s *Server) Forget(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.machines, arn)
}

// Machines are the names of the state machines that there are.
func (s *Server) Machines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, m := range s.machines {
		names = append(names, m.given.Name)
	}
	return names
}
