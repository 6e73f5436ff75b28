package route

import "time"

// Kind says what calls a function.
type Kind string

// The kinds of functions.
const (
	KindRoute Kind = "route" // API Gateway, for one row of the table
	// KindDefault: API Gateway, for what no row takes ($default).
	KindDefault Kind = "default"
	KindTask    Kind = "task"  // a state of a state machine
	KindEvent   Kind = "event" // a schedule, a queue, a rule on the bus, a log
)

// Function is one function of the AWS home. Its id names its folder below
// functions/; its grants and the adapters that it links derive from Needs.
type Function struct {
	ID      string
	Kind    Kind
	Summary string
	Needs   Needs
	// Timeout is Lambda's. API Gateway gives up after 30 s, whatever it says.
	Timeout time.Duration
	// MemoryMB also decides the share of a processor (1,769 MB is one).
	MemoryMB int
}

// gatewayTimeout is a little below the 30 s after which an HTTP API gives up on
// its integration (API Gateway quotas), so that the answer is still ours.
const gatewayTimeout = 29 * time.Second

// Memory of functions: those that only read and write records, those that open
// documents, those that parse or plan over large ones.
const (
	smallMemory  = 256
	middleMemory = 512
	largeMemory  = 1769
	hugeMemory   = 3008
)

// SharedRate is up to which rate, in requests a minute, a limit is kept for all
// functions together, in the table. A faster one is kept in each environment's
// memory: a write for each request would cost more than the request.
const SharedRate = 1200

// Effective are the needs of a row with what every such route needs besides: a
// session is looked up in the table and its token checked under a sealed key; a
// change leaves an audit record, and its answer is kept sealed for its
// Idempotency-Key; a low limit is counted in the table; a read that is refused leaves
// a record too.
func (r Route) Effective() Needs {
	n := r.Needs
	if r.Access != Public || n.Table != None { // who calls a public route may be signed in
		n.Table, n.Secret = max(n.Table, Read), max(n.Secret, Read)
	}
	if r.Mutates {
		n.Table, n.Secret = Write, Write
	}
	if r.Rate.PerMinute <= SharedRate && r.Needs != (Needs{}) {
		n.Table = Write
	}
	n.Trail = n.Table == Read
	return n
}

// Functions are all functions of the AWS home: one for each row of the table,
// then the tasks of state machines and what events call.
func Functions() []Function {
	var all []Function
	for _, r := range Table() {
		f := Function{ID: r.ID, Kind: KindRoute, Summary: r.Summary, Needs: r.Effective(), Timeout: min(r.Timeout, gatewayTimeout), MemoryMB: smallMemory}
		if f.Needs.Blob != None || f.Needs.Egress {
			f.MemoryMB = middleMemory
		}
		if f.Needs.Model || f.Needs.Import || f.Needs.Engine == Write || f.Needs.Twin {
			f.MemoryMB = largeMemory
		}
		all = append(all, f)
	}
	return append(all, background()...)
}

// background are the functions that no route has.
func background() []Function {
	calls := Needs{Table: Write, Blob: Write, Secret: Write, Engine: Read, Egress: true}
	runs := Needs{Table: Write, Blob: Write, Engine: Write}
	connects := Needs{Table: Write, Blob: Write, Secret: Write, Egress: true}
	return []Function{
		{ID: "fallback", Kind: KindDefault, Summary: "Answers what no route has", Timeout: gatewayTimeout, MemoryMB: smallMemory},

		{ID: "task-call", Kind: KindTask, Summary: "Makes the request of one api_call step", Needs: calls, Timeout: 6 * time.Minute, MemoryMB: middleMemory},
		{ID: "task-approval", Kind: KindTask, Summary: "Keeps the question that a step asks a person, and queues letters about it", Needs: Needs{Table: Write, Secret: Write}, Timeout: 30 * time.Second, MemoryMB: smallMemory},
		{ID: "task-workflow", Kind: KindTask, Summary: "Starts the run that a step waits for", Needs: runs, Timeout: time.Minute, MemoryMB: middleMemory},
		{ID: "task-spec-import", Kind: KindTask, Summary: "Imports one large document", Needs: connects, Timeout: 15 * time.Minute, MemoryMB: hugeMemory},
		{ID: "task-drift", Kind: KindTask, Summary: "Lists connections, and refreshes one", Needs: withPublish(connects), Timeout: 5 * time.Minute, MemoryMB: largeMemory},
		{ID: "task-key-rotation", Kind: KindTask, Summary: "Re-wraps a workspace's data keys and seals its credentials anew", Needs: Needs{Table: Write, Secret: Write}, Timeout: 5 * time.Minute, MemoryMB: smallMemory},
		{ID: "task-audit-archive", Kind: KindTask, Summary: "Writes a day of a workspace's trail to the archive", Needs: Needs{Table: Write, Archive: true}, Timeout: 5 * time.Minute, MemoryMB: smallMemory},
		{ID: "task-migrate", Kind: KindTask, Summary: "Brings stored items to the newest schema, before traffic shifts", Needs: Needs{Table: Write}, Timeout: 15 * time.Minute, MemoryMB: smallMemory},

		{ID: "event-mail", Kind: KindEvent, Summary: "Sends the messages that are due", Needs: Needs{Table: Write, Secret: Read, Mail: true}, Timeout: 5 * time.Minute, MemoryMB: smallMemory},
		{ID: "event-schedule", Kind: KindEvent, Summary: "Fires a trigger whose time has come", Needs: runs, Timeout: time.Minute, MemoryMB: middleMemory},
		{ID: "event-webhook", Kind: KindEvent, Summary: "Starts the run of a webhook that was taken in", Needs: runs, Timeout: time.Minute, MemoryMB: middleMemory},
		{ID: "event-bus", Kind: KindEvent, Summary: "Fires the triggers that wait for an event", Needs: runs, Timeout: time.Minute, MemoryMB: middleMemory},
		{ID: "event-run", Kind: KindEvent, Summary: "Brings a run's log up to its end", Needs: withPublish(runs), Timeout: time.Minute, MemoryMB: smallMemory},
		{ID: "event-history", Kind: KindEvent, Summary: "Takes in the history of express runs", Needs: withPublish(runs), Timeout: time.Minute, MemoryMB: smallMemory},
		{ID: "event-resume", Kind: KindEvent, Summary: "Takes up what a failure left undone, sweeps after rotations of keys, sends records on, looks at domains, deletes workspaces", Needs: withAssume(withDNS(withWipe(withEgress(withSchedule(withImport(withPublish(runs))))))), Timeout: 5 * time.Minute, MemoryMB: middleMemory},
	}
}

func withPublish(n Needs) Needs { n.Publish = true; return n }
func withEgress(n Needs) Needs  { n.Secret, n.Egress = Write, true; return n }
func withDNS(n Needs) Needs     { n.DNS = true; return n }
func withAssume(n Needs) Needs  { n.Assume = true; return n }
func withWipe(n Needs) Needs    { n.Wipe = true; return n }
func withImport(n Needs) Needs  { n.Import = true; return n }
func withSchedule(n Needs) Needs {
	n.Schedule = Write
	return n
}

// FunctionByID finds a function.
func FunctionByID(id string) (Function, bool) {
	for _, f := range Functions() {
		if f.ID == id {
			return f, true
		}
	}
	return Function{}, false
}
