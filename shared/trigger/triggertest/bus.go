package triggertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/trigger"
)

// Bussed is a Bus under test.
type Bussed struct {
	trigger.Bus
	// Settle returns once everything that was published has been handed over, and
	// handed over again where that failed. It is nil where what is published is not
	// seen again.
	Settle func(t *testing.T)
}

// OpenBus makes an empty Bus that hands its events to consume.
type OpenBus func(t *testing.T, consume func(context.Context, trigger.Event) error) Bussed

// Bus judges an adapter.
func Bus(t *testing.T, open OpenBus) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *line){
		"intact": testIntact, "told twice": testToldTwice, "again": testAgain, "limits": testLimits, "many": testManyEvents,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &line{}
			l.Bussed = open(t, l.consume)
			test(t, l)
		})
	}
}

// line is a bus and what came over it.
type line struct {
	Bussed
	mu     sync.Mutex
	events []trigger.Event
	fail   func(trigger.Event) error
}

func (l *line) consume(_ context.Context, e trigger.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(e); err != nil {
			return err
		}
	}
	l.events = append(l.events, e)
	return nil
}

func (l *line) settle(t *testing.T) {
	t.Helper()
	if l.Settle == nil {
		t.Skip("what is published is not seen again here")
	}
	l.Settle(t)
}

// got are the events that came, each once, by workspace and id: repeats are allowed.
func (l *line) got() map[string]trigger.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]trigger.Event{}
	for _, e := range l.events {
		all[e.Workspace+" "+e.ID] = e
	}
	return all
}

func event(name, eventID string, data string) trigger.Event {
	return trigger.Event{ID: eventID, Name: name, Workspace: id.New(id.Workspace), At: Began(), Depth: 2, Data: json.RawMessage(data)}
}

func publish(t *testing.T, b trigger.Bus, e trigger.Event) {
	t.Helper()
	if err := b.Publish(t.Context(), e); err != nil {
		t.Fatalf("%s %s: %v", e.Name, e.ID, err)
	}
}

func testIntact(t *testing.T, l *line) {
	want := map[string]trigger.Event{}
	for i, data := range []string{`{"a":[1,2,{"b":"ä€😀"}],"n":1.50}`, `null`, `"text"`, `[]`, `{"q":"\"<&>"}`} {
		for _, name := range []string{trigger.ExecutionFailed, trigger.WebhookReceived, "order.paid", "a_b-c"} {
			e := event(name, fmt.Sprintf("%d %s / ü", i, name), data)
			publish(t, l, e)
			want[e.Workspace+" "+e.ID] = e
		}
	}
	same := event("order.paid", "same", `1`) // the same id in another workspace is another event
	publish(t, l, same)
	want[same.Workspace+" "+same.ID] = same
	same.Workspace = id.New(id.Workspace)
	publish(t, l, same)
	want[same.Workspace+" "+same.ID] = same
	l.settle(t)
	compact := cmp.Transformer("compact", func(raw json.RawMessage) string {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%#v", v)
	})
	if diff := cmp.Diff(want, l.got(), compact); diff != "" {
		t.Error(diff)
	}
}

func testToldTwice(t *testing.T, l *line) {
	e := event("order.paid", "1", `{}`)
	for range 3 {
		publish(t, l, e)
	}
	l.settle(t)
	publish(t, l, e)
	l.settle(t)
	if len(l.got()) != 1 || len(l.events) > 4 {
		t.Errorf("%d times: %v", len(l.events), l.got())
	}
}

func testAgain(t *testing.T, l *line) {
	tries := map[string]int{}
	l.fail = func(e trigger.Event) error {
		if tries[e.ID]++; e.ID == "slow" && tries[e.ID] <= 2 {
			return errors.New("not now")
		}
		return nil
	}
	publish(t, l, event("order.paid", "slow", `{}`))
	publish(t, l, event("order.paid", "quick", `{}`))
	l.settle(t)
	if len(l.got()) != 2 || tries["slow"] != 3 || tries["quick"] != 1 {
		t.Errorf("%v, %v", tries, l.got())
	}
}

func testLimits(t *testing.T, l *line) {
	large := event("order.paid", strings.Repeat("i", 255), `"`+strings.Repeat("<", trigger.MaxEventData-2)+`"`) // JSON encoders like to make six bytes of it
	publish(t, l, large)
	over := large
	over.Data = json.RawMessage(`"` + strings.Repeat("x", trigger.MaxEventData-1) + `"`)
	unnamed, nowhere, nameless := large, large, large
	unnamed.ID, nowhere.Workspace, nameless.Name = "", "", ""
	for _, e := range []trigger.Event{over, unnamed, nowhere, nameless} {
		if err := l.Publish(t.Context(), e); !errors.Is(err, trigger.ErrEvent) {
			t.Errorf("%d bytes of %s: %v", len(e.Data), e.Name, err)
		}
	}
	l.settle(t)
	got := l.got()
	if e := got[large.Workspace+" "+large.ID]; len(got) != 1 || !bytes.Equal(e.Data, large.Data) {
		t.Errorf("%d events; %d bytes came", len(got), len(e.Data))
	}
}

func testManyEvents(t *testing.T, l *line) {
	var all sync.WaitGroup
	workspace := id.New(id.Workspace)
	for i := range 150 {
		all.Go(func() {
			e := event("order.paid", fmt.Sprint(i), fmt.Sprintf(`{"n":%d}`, i))
			e.Workspace, e.At = workspace, Began().Add(time.Duration(i)*time.Second)
			if err := l.Publish(t.Context(), e); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	l.settle(t)
	if n := len(l.got()); n != 150 {
		t.Errorf("%d of 150", n)
	}
}
