package table_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// stub is a driver that misbehaves in a chosen way; what a right one does is
// tested by tabletest against real drivers.
type stub struct {
	table.Driver
	get   func(table.Key) (table.Item, error)
	query func(table.Query) ([]table.Item, *table.Position, error)
	write func(table.Op) (int64, error)
}

func (s stub) Get(_ context.Context, k table.Key) (table.Item, error) { return s.get(k) }
func (s stub) Query(_ context.Context, q table.Query, _ *table.Position) ([]table.Item, *table.Position, error) {
	return s.query(q)
}
func (s stub) Write(_ context.Context, op table.Op, _ time.Time) (int64, error) { return s.write(op) }

func workspace(ctx context.Context) context.Context { return tenant.With(ctx, "wsp_1") }

// TestForeignItems hands out another tenant's items and positions, as a driver
// with a defect might: none may reach the caller.
func TestForeignItems(t *testing.T) {
	t.Parallel()
	data := []byte(`"theirs"`)
	for name, foreign := range map[string]table.Item{
		"another tenant":   {Key: table.Key{PK: "wsp_2/p", SK: "s"}, Data: data},
		"a longer tenant":  {Key: table.Key{PK: "wsp_12/p", SK: "s"}, Data: data},
		"no tenant":        {Key: table.Key{PK: "p", SK: "s"}, Data: data},
		"a foreign index":  {Key: table.Key{PK: "wsp_1/p", SK: "s"}, Data: data, Index: map[string]table.Key{table.Index1: {PK: "wsp_2/p", SK: "s"}}},
		"an expired other": {Key: table.Key{PK: "wsp_2/p", SK: "s"}, Data: data, ExpiresAt: time.Now().Add(time.Hour)},
	} {
		s := table.New(stub{
			get:   func(table.Key) (table.Item, error) { return foreign, nil },
			query: func(table.Query) ([]table.Item, *table.Position, error) { return []table.Item{foreign}, nil, nil },
		}, nil)
		if got, err := s.Get(workspace(t.Context()), table.Key{PK: "p", SK: "s"}); err == nil || got.Data != nil {
			t.Errorf("Get handed out %s", name)
		}
		if page, err := s.Query(workspace(t.Context()), table.Query{PK: "p"}); err == nil || len(page.Items) > 0 {
			t.Errorf("Query handed out %s", name)
		}
	}
	s := table.New(stub{query: func(table.Query) ([]table.Item, *table.Position, error) {
		return nil, &table.Position{Key: table.Key{PK: "wsp_2/p", SK: "s"}, Sort: "s"}, nil
	}}, nil)
	if page, err := s.Query(workspace(t.Context()), table.Query{PK: "p"}); err == nil {
		t.Errorf("a foreign position became the cursor %q", page.Next)
	}
}

func TestModifyGivesUp(t *testing.T) {
	t.Parallel()
	reads, writes := 0, 0
	s := table.New(stub{
		get: func(k table.Key) (table.Item, error) {
			reads++
			return table.Item{Key: k, Version: int64(reads), Data: []byte(`1`)}, nil
		},
		write: func(op table.Op) (int64, error) {
			writes++
			if op.If != table.IfVersion(int64(reads)) {
				t.Errorf("write %d under %+v", writes, op.If)
			}
			return 0, table.ErrCondition
		},
	}, nil)
	key := table.Key{PK: "p", SK: "s"}
	_, _, err := table.Modify(workspace(t.Context()), s, key, func(*int) error { return nil })
	if !errors.Is(err, table.ErrCondition) || reads != writes || writes < 2 || writes > 100 {
		t.Errorf("%d reads, %d writes, %v, want a bounded number and ErrCondition", reads, writes, err)
	}
	ctx, cancel := context.WithCancel(workspace(t.Context()))
	_, _, err = table.Modify(ctx, s, key, func(*int) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled between tries: %v, want context.Canceled", err)
	}
}

// TestModifyForgetsLostTries makes sure that what a lost race decoded does not
// show through in the next try.
func TestModifyForgetsLostTries(t *testing.T) {
	t.Parallel()
	docs := []string{`{"old":1}`, `{}`}
	try := 0
	s := table.New(stub{
		get: func(k table.Key) (table.Item, error) {
			return table.Item{Key: k, Version: 1, Data: []byte(docs[try])}, nil
		},
		write: func(table.Op) (int64, error) {
			if try++; try == 1 {
				return 0, table.ErrCondition
			}
			return 2, nil
		},
	}, nil)
	got, version, err := table.Modify(workspace(t.Context()), s, table.Key{PK: "p", SK: "s"}, func(m *map[string]int) error { return nil })
	if err != nil || version != 2 || len(got) != 0 {
		t.Errorf("%v at version %d, %v, want nothing of the first try", got, version, err)
	}
}

func TestAllStops(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	pages := 0
	s := table.New(stub{query: func(table.Query) ([]table.Item, *table.Position, error) {
		if pages++; pages == 3 {
			return nil, nil, broken
		}
		key := table.Key{PK: "wsp_1/p", SK: "s"}
		return []table.Item{{Key: key}}, &table.Position{Key: key, Sort: "s"}, nil
	}}, nil)
	items, errs := 0, 0
	for _, err := range s.All(workspace(t.Context()), table.Query{PK: "p"}) {
		if items++; err != nil {
			errs++
			if !errors.Is(err, broken) {
				t.Error(err)
			}
		}
	}
	if items != 3 || errs != 1 {
		t.Errorf("%d pairs with %d errors, want 3 with 1", items, errs)
	}
	pages = 0
	for range s.All(workspace(t.Context()), table.Query{PK: "p"}) {
		break
	}
	if pages != 1 {
		t.Errorf("after a break %d pages were read, want 1", pages)
	}
}

func TestConditionNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cond  table.Condition
		want  int64
		known bool
	}{{table.Absent(), 1, true}, {table.IfVersion(7), 8, true}, {table.Always(), 0, false}, {table.Present(), 0, false}} {
		if got, known := c.cond.Next(); got != c.want || known != c.known {
			t.Errorf("%+v leaves %d, %v, want %d, %v", c.cond, got, known, c.want, c.known)
		}
	}
}
