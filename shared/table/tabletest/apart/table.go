package apart

import (
	"context"
	"errors"
	"net"
	"net/rpc"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// Serve lets other processes use a driver until the test ends, and returns where. The
// one-machine table is written by one process alone; here that is the test's.
func Serve(t testing.TB, d table.Driver) (address string) {
	t.Helper()
	server := rpc.NewServer()
	if err := server.RegisterName("Table", &Server{d}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil { // the test has ended
				return
			}
			go server.ServeConn(c)
		}
	}()
	return l.Addr().String()
}

// Server answers calls of other processes.
type Server struct{ driver table.Driver }

// Call is one call's arguments.
type Call struct {
	Key   table.Key
	Query table.Query
	After *table.Position
	Ops   []Op
	Now   time.Time
}

// Op is a table.Op whose condition can be sent.
type Op struct {
	Kind    table.OpKind
	Item    table.Item
	If      int
	Version int64
}

// Reply is one call's outcome. Fault and At are of an error.
type Reply struct {
	Items   []table.Item
	Next    *table.Position
	Version int64
	Fault   string
	At      int
}

// Get reads one item.
func (s *Server) Get(c Call, r *Reply) error {
	item, err := s.driver.Get(context.Background(), c.Key)
	r.Items = []table.Item{item}
	return r.fail(err)
}

// Query reads a page.
func (s *Server) Query(c Call, r *Reply) (err error) {
	r.Items, r.Next, err = s.driver.Query(context.Background(), c.Query, c.After)
	return r.fail(err)
}

// Write applies one operation.
func (s *Server) Write(c Call, r *Reply) (err error) {
	r.Version, err = s.driver.Write(context.Background(), ops(c)[0], c.Now)
	return r.fail(err)
}

// Transact applies operations together.
func (s *Server) Transact(c Call, r *Reply) error {
	return r.fail(s.driver.Transact(context.Background(), ops(c), c.Now))
}

const (
	faultNone      = ""
	faultNotFound  = "not found"
	faultCondition = "condition"
)

// fail tells an error by what a caller acts on; others end the call.
func (r *Reply) fail(err error) error {
	var failed *table.ConditionError
	switch {
	case errors.As(err, &failed):
		r.Fault, r.At = faultCondition, failed.Index
	case errors.Is(err, table.ErrCondition):
		r.Fault = faultCondition
	case errors.Is(err, table.ErrNotFound):
		r.Fault = faultNotFound
	default:
		return err
	}
	return nil
}

func (r *Reply) err() error {
	switch r.Fault {
	case faultNone:
		return nil
	case faultNotFound:
		return table.ErrNotFound
	}
	return &table.ConditionError{Index: r.At}
}

func ops(c Call) []table.Op {
	out := make([]table.Op, len(c.Ops))
	for i, op := range c.Ops {
		out[i] = table.Op{Kind: op.Kind, Item: op.Item, If: condition(op)}
	}
	return out
}

func condition(op Op) table.Condition {
	switch op.If {
	case table.CondAbsent:
		return table.Absent()
	case table.CondPresent:
		return table.Present()
	case table.CondVersion:
		return table.IfVersion(op.Version)
	}
	return table.Always()
}

// remote is a driver in another process.
type remote struct{ client *rpc.Client }

var errNoBatch = errors.New("apart: no batches")

// Dial reaches what Serve serves. It has no batches.
func Dial(address string) (table.Driver, error) {
	client, err := rpc.Dial("tcp", address)
	return &remote{client}, err
}

func (d *remote) call(method string, c Call) (Reply, error) {
	var r Reply
	if err := d.client.Call("Table."+method, c, &r); err != nil {
		return r, err
	}
	return r, r.err()
}

// Get implements table.Driver.
func (d *remote) Get(_ context.Context, key table.Key) (table.Item, error) {
	r, err := d.call("Get", Call{Key: key})
	if err != nil {
		return table.Item{}, err
	}
	return r.Items[0], nil
}

// Query implements table.Driver.
func (d *remote) Query(_ context.Context, q table.Query, after *table.Position) ([]table.Item, *table.Position, error) {
	r, err := d.call("Query", Call{Query: q, After: after})
	return r.Items, r.Next, err
}

// Write implements table.Driver.
func (d *remote) Write(_ context.Context, op table.Op, now time.Time) (int64, error) {
	r, err := d.call("Write", Call{Ops: sent([]table.Op{op}), Now: now})
	return r.Version, err
}

// Transact implements table.Driver.
func (d *remote) Transact(_ context.Context, ops []table.Op, now time.Time) error {
	_, err := d.call("Transact", Call{Ops: sent(ops), Now: now})
	return err
}

// BatchWrite implements table.Driver.
func (d *remote) BatchWrite(context.Context, []table.Op, time.Time) error { return errNoBatch }

// Close implements table.Driver.
func (d *remote) Close() error { return d.client.Close() }

func sent(ops []table.Op) []Op {
	out := make([]Op, len(ops))
	for i, op := range ops {
		out[i] = Op{op.Kind, op.Item, op.If.Kind(), op.If.Version()}
	}
	return out
}
