package states

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

// performance is an execution. The interpreter keeps each in a workspace of its
// own, for express executions may share their name.
type performance struct {
	arn, name, input, tenant string
	machine                  *machine
	started                  time.Time

	mu       sync.Mutex
	redrives []string // client tokens
	// told is the last event that was told of.
	told int64
	// held are log events that wait for the execution's end.
	held []json.RawMessage
}

func (p *performance) context(ctx context.Context) context.Context { return tenant.With(ctx, p.tenant) }

type startExecution struct {
	Machine     string  `json:"stateMachineArn"`
	Name        string  `json:"name"`
	Input       *string `json:"input"`
	TraceHeader string  `json:"traceHeader,omitempty"`
}

const maxInput = 256 << 10

func (s *Server) startExecution(ctx context.Context, in startExecution) (any, *Error) {
	m, err := s.machine(in.Machine)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		in.Name = uuid.NewString()
	}
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	input := "{}"
	if in.Input != nil {
		input = *in.Input
	}
	if len(input) > maxInput || !json.Valid([]byte(input)) {
		return nil, refuse("InvalidExecutionInput", "Invalid State Machine Execution Input")
	}
	p := &performance{name: in.Name, input: input, machine: m, started: s.now()}
	if m.express() {
		id := uuid.NewString()
		p.arn = strings.Replace(m.arn, ":stateMachine:", ":express:", 1) + ":" + in.Name + ":" + id
		p.tenant = "x" + id
	} else {
		p.arn = strings.Replace(m.arn, ":stateMachine:", ":execution:", 1) + ":" + in.Name
		sum := sha256.Sum256([]byte(p.arn))
		p.tenant = "s" + hex.EncodeToString(sum[:16])
	}
	if before := s.enlist(p); before != nil {
		if before.input != input || s.status(ctx, before) != execution.RunRunning {
			return nil, refuse("ExecutionAlreadyExists", "Execution Already Exists: '%s'", p.arn)
		}
		p = before
	} else if err := s.engine.Start(p.context(ctx), execution.StartInput{Name: p.name, Definition: m.runs, Input: json.RawMessage(input)}); err != nil {
		return nil, internal(err)
	}
	return map[string]any{"executionArn": p.arn, "startDate": epoch(p.started)}, nil
}

func internal(err error) *Error {
	return &Error{Code: "InternalServerError", Message: err.Error(), Status: 500}
}

// enlist adds an execution, or returns the one that has its ARN.
func (s *Server) enlist(p *performance) *performance {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.executions[p.arn]; before != nil {
		return before
	}
	s.executions[p.arn], s.byTenant[p.tenant] = p, p
	s.byName[p.name] = append(s.byName[p.name], p)
	return nil
}

func (s *Server) status(ctx context.Context, p *performance) execution.RunStatus {
	run, err := s.engine.Describe(p.context(ctx), p.name)
	if err != nil {
		return execution.RunRunning // it is just being started
	}
	return run.Status
}

// standard finds an execution for the calls that express ones do not have.
func (s *Server) standard(arn string) (*performance, *Error) {
	if strings.Contains(arn, ":express:") {
		return nil, refuse("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
	}
	if !strings.HasPrefix(arn, "arn:aws:states:"+s.opts.Region+":"+s.opts.Account+":execution:") || len(arn) > 256 {
		return nil, refuse("InvalidArn", "Invalid Arn: '%s'", arn)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.executions[arn]
	if p == nil {
		return nil, refuse("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return p, nil
}

type oneExecution struct {
	ARN          string `json:"executionArn"`
	IncludedData string `json:"includedData,omitempty"`
}

func (s *Server) describeExecution(ctx context.Context, in oneExecution) (any, *Error) {
	p, refused := s.standard(in.ARN)
	if refused != nil {
		return nil, refused
	}
	run, err := s.engine.Describe(p.context(ctx), p.name)
	if err != nil {
		return nil, internal(err)
	}
	return s.described(p, run), nil
}

func (s *Server) described(p *performance, run execution.Run) map[string]any {
	out := map[string]any{"executionArn": p.arn, "stateMachineArn": p.machine.arn, "name": p.name, "status": string(run.Status),
		"startDate": epoch(p.started), "input": p.input, "inputDetails": map[string]bool{"included": true}}
	if !run.EndedAt.IsZero() && run.Status != execution.RunRunning {
		out["stopDate"] = epoch(run.EndedAt)
	}
	if run.Status == execution.RunSucceeded {
		out["output"], out["outputDetails"] = string(run.Output), map[string]bool{"included": true}
	}
	if run.Error != "" {
		out["error"] = run.Error
	}
	if run.Cause != "" {
		out["cause"] = run.Cause
	}
	return out
}

type stopExecution struct {
	ARN   string `json:"executionArn"`
	Error string `json:"error"`
	Cause string `json:"cause"`
}

func (s *Server) stopExecution(ctx context.Context, in stopExecution) (any, *Error) {
	p, refused := s.standard(in.ARN)
	if refused != nil {
		return nil, refused
	}
	if len(in.Error) > 256 || len(in.Cause) > 32_768 {
		return nil, refuse("ValidationException", "Value at 'error' or 'cause' failed to satisfy constraint")
	}
	if err := s.engine.Stop(p.context(ctx), p.name, in.Error, in.Cause); err != nil {
		return nil, internal(err)
	}
	run, err := s.engine.Describe(p.context(ctx), p.name)
	if err != nil {
		return nil, internal(err)
	}
	return map[string]any{"stopDate": epoch(run.EndedAt)}, nil
}

type redriveExecution struct {
	ARN   string `json:"executionArn"`
	Token string `json:"clientToken"`
}

func (s *Server) redriveExecution(ctx context.Context, in redriveExecution) (any, *Error) {
	p, refused := s.standard(in.ARN)
	if refused != nil {
		return nil, refused
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := map[string]any{"redriveDate": epoch(s.now())}
	for _, token := range p.redrives {
		if in.Token != "" && token == in.Token {
			return now, nil
		}
	}
	err := s.engine.Redrive(p.context(ctx), p.name)
	if errors.Is(err, execution.ErrNotRedrivable) {
		return nil, refuse("ExecutionNotRedrivable", "Execution is not redrivable: '%s' is RUNNING or SUCCEEDED", p.arn)
	}
	if err != nil {
		return nil, internal(err)
	}
	p.redrives = append(p.redrives, in.Token)
	return now, nil
}
