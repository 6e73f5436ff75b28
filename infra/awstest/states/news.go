package states

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/tenant"
)

// news are the executions that have moved on and are to be told of.
type news struct {
	mu      sync.Mutex
	pending []string // the interpreter's workspaces
	wake    chan struct{}
}

func newNews() *news { return &news{wake: make(chan struct{}, 1)} }

func (n *news) add(workspace string) {
	n.mu.Lock()
	if !slices.Contains(n.pending, workspace) {
		n.pending = append(n.pending, workspace)
	}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *news) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.pending
	n.pending = nil
	return all
}

// observe is the interpreter's observer.
func (s *Server) observe(ctx context.Context, _ string) {
	if workspace, err := tenant.From(ctx); err == nil {
		s.told.add(workspace)
	}
}

// tellers is how many executions are told of at once.
const tellers = 8

// announce tells of what happened, in order for each execution.
func (s *Server) announce(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.told.wake:
		}
		var round errgroup.Group
		round.SetLimit(tellers)
		for _, workspace := range s.told.take() {
			s.mu.Lock()
			p := s.byTenant[workspace]
			s.mu.Unlock()
			if p == nil {
				continue
			}
			round.Go(func() error {
				if err := s.tell(ctx, p); err != nil && ctx.Err() == nil {
					s.opts.Log.Error("an execution could not be told of", "execution", p.arn, "err", err)
				}
				return nil
			})
		}
		_ = round.Wait() // each has logged its error
	}
}

func (s *Server) tell(ctx context.Context, p *performance) error {
	events, err := s.engine.History(p.context(ctx), p.name, p.told, maxEvents)
	if err != nil || len(events) == 0 {
		return err
	}
	p.told = events[len(events)-1].ID
	if p.machine.express() {
		return s.log(ctx, p, events)
	}
	for _, e := range events {
		if status := statusOf(e.Type); status != "" {
			if err := s.change(ctx, p, status, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// statusOf is the status that an event of the execution itself brings.
func statusOf(kind string) execution.RunStatus {
	switch kind {
	case "ExecutionStarted", "ExecutionRedriven":
		return execution.RunRunning
	case "ExecutionSucceeded":
		return execution.RunSucceeded
	case "ExecutionFailed":
		return execution.RunFailed
	case "ExecutionTimedOut":
		return execution.RunTimedOut
	case "ExecutionAborted":
		return execution.RunAborted
	}
	return ""
}

// change tells the event bus (Developer Guide, "Events").
func (s *Server) change(ctx context.Context, p *performance, status execution.RunStatus, e execution.HistoryEvent) error {
	if s.opts.OnStatus == nil {
		return nil
	}
	var d struct{ Output, Error, Cause string }
	_ = json.Unmarshal(e.Details, &d) // other details have none of these
	detail := map[string]any{"executionArn": p.arn, "stateMachineArn": p.machine.arn, "name": p.name, "status": string(status),
		"startDate": p.started.UnixMilli(), "stopDate": nil, "input": p.input, "inputDetails": map[string]bool{"included": true},
		"output": nil, "outputDetails": nil, "error": nil, "cause": nil}
	if status != execution.RunRunning {
		detail["stopDate"] = e.Timestamp.UnixMilli()
	}
	if status == execution.RunSucceeded {
		detail["output"], detail["outputDetails"] = d.Output, map[string]bool{"included": true}
	}
	if d.Error != "" {
		detail["error"], detail["cause"] = d.Error, d.Cause
	}
	event, err := json.Marshal(map[string]any{"version": "0", "id": uuid.NewString(), "detail-type": "Step Functions Execution Status Change",
		"source": "aws.states", "account": s.opts.Account, "time": e.Timestamp.UTC().Format(time.RFC3339), "region": s.opts.Region,
		"resources": []string{p.arn}, "detail": detail})
	if err != nil {
		return err
	}
	return again(ctx, func() error { return s.opts.OnStatus(ctx, event) })
}

// log delivers an express execution's events to the subscription.
func (s *Server) log(ctx context.Context, p *performance, events []execution.HistoryEvent) error {
	if s.opts.OnLog == nil || s.opts.Logs.Lose || !p.machine.logs() {
		return nil
	}
	var lines []json.RawMessage
	ended := false
	for _, e := range events {
		ended = ended || statusOf(e.Type) != "" && e.ID > 1
		line := map[string]any{"id": strconv.FormatInt(e.ID, 10), "type": e.Type, "previous_event_id": strconv.FormatInt(e.PreviousID, 10),
			"event_timestamp": strconv.FormatInt(e.Timestamp.UnixMilli(), 10), "execution_arn": p.arn, "redrive_count": "0"}
		if e.DetailsKey != "" {
			line["details"] = e.Details
		}
		raw, err := json.Marshal(line)
		if err != nil {
			return err
		}
		lines = append(lines, raw)
	}
	var deliveries [][]json.RawMessage
	switch {
	case !s.opts.Logs.Reverse:
		deliveries = [][]json.RawMessage{lines}
	default:
		p.held = append(p.held, lines...)
		if !ended {
			return nil
		}
		for _, line := range slices.Backward(p.held) {
			deliveries = append(deliveries, []json.RawMessage{line})
		}
		p.held = nil
	}
	if s.opts.Logs.Duplicate {
		deliveries = append(deliveries, deliveries...)
	}
	for _, lines := range deliveries {
		payload, err := s.subscription(p, lines)
		if err != nil {
			return err
		}
		if err := again(ctx, func() error { return s.opts.OnLog(ctx, payload) }); err != nil {
			return err
		}
	}
	return nil
}

// subscription is what CloudWatch Logs invokes a function with (its User Guide,
// "Subscription filters").
func (s *Server) subscription(p *performance, lines []json.RawMessage) (json.RawMessage, error) {
	type logEvent struct {
		ID        string `json:"id"`
		Timestamp int64  `json:"timestamp"`
		Message   string `json:"message"`
	}
	var events []logEvent
	for _, line := range lines {
		events = append(events, logEvent{uuid.NewString(), s.now().UnixMilli(), string(line)})
	}
	group := strings.TrimSuffix(p.machine.given.LoggingConfiguration.Destinations[0].CloudWatchLogsLogGroup.LogGroupARN, ":*")
	doc, err := json.Marshal(map[string]any{"messageType": "DATA_MESSAGE", "owner": s.opts.Account, "logGroup": group[strings.LastIndexByte(group, ':')+1:],
		"logStream": "states/" + p.machine.given.Name, "subscriptionFilters": []string{"runs"}, "logEvents": events})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(doc); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"awslogs": map[string]string{"data": base64.StdEncoding.EncodeToString(b.Bytes())}})
}

// again calls a hook as Lambda's asynchronous invocations are: three times at most.
func again(ctx context.Context, do func() error) error {
	var faults []error
	for range 3 {
		err := do()
		if err == nil || ctx.Err() != nil {
			return err
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}
