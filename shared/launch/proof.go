package launch

import (
	"context"
	"reflect"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// maxProven is how many proofs are kept.
const maxProven = 64

// versionKey names a version of a workflow, which never changes.
type versionKey struct {
	workspace, workflow string
	version             int64
}

// proof is a compiled version with all else that it was proven by: it holds for as long as
// the connections are what they were then. A connection names its document by hash.
type proof struct {
	program     execution.Program
	connections map[string]connection.Connection
}

// prove is Compile, which a further start of the same need not repeat.
func (l *Launcher) prove(ctx context.Context, w source) (program execution.Program, everyones bool, err error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return execution.Program{}, false, err
	}
	key := versionKey{workspace, w.id, w.version}
	if p, ok := l.proven.Get(key); ok && l.holds(ctx, p) {
		return p.program, everyMayUse(p.connections), nil
	}
	used := &witness{Resolver: l.apis, connections: map[string]connection.Connection{}}
	program, err = Compile(ctx, w.document, w.id, w.version, used, &check.Options{Workflows: func(ctx context.Context, id string, version int64) (*workflow.Document, error) {
		used.more = true
		return l.document(ctx, id, version)
	}})
	if err != nil || used.more {
		return program, false, err
	}
	if program, err = program.Hashed(); err == nil {
		l.proven.Add(key, &proof{program, used.connections})
	}
	return program, everyMayUse(used.connections), err
}

// entitled is the program of a workflow whose owner may use, now, what it uses. Whoever
// starts it need not: they run it without gaining that, and so it is read for nobody in
// particular.
func (l *Launcher) entitled(ctx context.Context, w source) (execution.Program, error) {
	program, everyones, err := l.prove(access.As(ctx, access.Machine()), w)
	if err == nil && !everyones {
		err = l.workflows.Entitled(ctx, w.sharing, w.document)
	}
	return program, err
}

func everyMayUse(connections map[string]connection.Connection) bool {
	for _, c := range connections {
		if !c.Open(access.Use) {
			return false
		}
	}
	return true
}

func (l *Launcher) holds(ctx context.Context, p *proof) bool {
	for id, was := range p.connections {
		now, err := l.apis.Connection(ctx, id)
		if err != nil || !reflect.DeepEqual(lasting(now), was) {
			return false
		}
	}
	return true
}

// lasting leaves out what calls note of a connection, which proves nothing.
func lasting(c connection.Connection) connection.Connection {
	c.LastUsed, c.Limits = time.Time{}, nil
	return c
}

// witness notes what a proof looks at. more: also at what may change unseen.
type witness struct {
	check.Resolver
	connections map[string]connection.Connection
	more        bool
}

func (w *witness) Connection(ctx context.Context, id string) (connection.Connection, error) {
	c, err := w.Resolver.Connection(ctx, id)
	w.connections[id], w.more = lasting(c), w.more || err != nil
	return c, err
}

func (w *witness) Spec(ctx context.Context, id string) (*spec.Document, error) {
	doc, err := w.Resolver.Spec(ctx, id)
	w.more = w.more || err != nil
	return doc, err
}
