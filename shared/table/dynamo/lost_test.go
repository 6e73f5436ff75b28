package dynamo_test

import (
	"errors"
	"fmt"
	"testing"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table"
)

// TestAnswerLost: each kind of write is carried out, its answer is lost in each way,
// and the driver's repetition reports what the first attempt did, once.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	done := func(r *stand.Refusal) *stand.Refusal { r.Done = true; return r }
	for way, fault := range map[string]*stand.Refusal{
		"cut":            stand.Lost(),
		"cut halfway":    {Half: true},
		"internal error": done(stand.Internal()),
		"not reached":    {Cut: true},
		"not done":       stand.Internal(),
		"throttled":      stand.Throttled(),
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			for name, c := range map[string]struct {
				stored  int // versions before
				write   func(h *home) (int64, error)
				version int64 // after; 0: gone
				target  string
			}{
				"put, Always, none":  {0, putUnder(table.Always()), 1, "UpdateItem"},
				"put, Always, over":  {3, putUnder(table.Always()), 4, "UpdateItem"},
				"put, Absent":        {0, putUnder(table.Absent()), 1, "UpdateItem"},
				"put, Present":       {2, putUnder(table.Present()), 3, "UpdateItem"},
				"put, IfVersion":     {2, putUnder(table.IfVersion(2)), 3, "UpdateItem"},
				"delete, Always":     {2, deleteUnder(table.Always()), 0, "DeleteItem"},
				"delete, Present":    {2, deleteUnder(table.Present()), 0, "TransactWriteItems"},
				"delete, IfVersion":  {2, deleteUnder(table.IfVersion(2)), 0, "TransactWriteItems"},
				"transaction, Abs.":  {0, transactPut(table.Absent()), 1, "TransactWriteItems"},
				"transaction, Alw.":  {2, transactPut(table.Always()), 3, "TransactWriteItems"},
				"transaction, IfV.":  {2, transactPut(table.IfVersion(2)), 3, "TransactWriteItems"},
				"batch, put":         {2, batch(table.Put(item("p", "s", 9), table.Always())), 3, "UpdateItem"},
				"batch, delete":      {2, batch(table.Delete(key("p", "s"), table.Always())), 0, "BatchWriteItem"},
				"transaction, check": {2, transactCheck, 2, "TransactWriteItems"},
			} {
				h := newHome(t, first(fault))
				h.put(t, "s", c.stored)
				version, err := c.write(h)
				if err != nil || version != 0 && version != c.version {
					t.Errorf("%s: version %d, %v, want %d", name, version, err, c.version)
				}
				data := `{"n":9}`
				if name == "transaction, check" {
					data = ""
				}
				h.expect(t, "s", c.version, data)
				if n := h.proxy.Seen(c.target); n != 2 {
					t.Errorf("%s: %d requests, want the first and its repetition", name, n)
				}
			}
		})
	}
}

func putUnder(cond table.Condition) func(*home) (int64, error) {
	return func(h *home) (int64, error) {
		it, err := h.faulty.Put(h.ctx, item("p", "s", 9), cond)
		return it.Version, err
	}
}

func deleteUnder(cond table.Condition) func(*home) (int64, error) {
	return func(h *home) (int64, error) { return 0, h.faulty.Delete(h.ctx, key("p", "s"), cond) }
}

func transactPut(cond table.Condition) func(*home) (int64, error) {
	return func(h *home) (int64, error) {
		return 0, h.faulty.Transact(h.ctx, []table.Op{table.Put(item("p", "s", 9), cond), table.Put(item("p", "other", 1), table.Absent())})
	}
}

func transactCheck(h *home) (int64, error) {
	return 0, h.faulty.Transact(h.ctx, []table.Op{table.Check(key("p", "s"), table.IfVersion(2)), table.Put(item("p", "other", 1), table.Absent())})
}

func batch(op table.Op) func(*home) (int64, error) {
	return func(h *home) (int64, error) { return 0, h.faulty.BatchWrite(h.ctx, []table.Op{op}) }
}

// TestOthersBetween: somebody else writes between a lost answer and its repetition.
func TestOthersBetween(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stored int
		fault  *stand.Refusal
		cond   table.Condition
		others int // puts before the repetition
		want   string
	}{
		// Nothing of ours was done: what failed is the condition.
		"not done, another's version": {2, stand.Internal(), table.IfVersion(2), 1, "condition"},
		"not done, another created":   {0, stand.Internal(), table.Absent(), 1, "condition"},
		// Done, then written over; nobody can tell that from the case below.
		"done, written over":            {2, stand.Lost(), table.IfVersion(2), 1, "open"},
		"created, written over":         {0, stand.Lost(), table.Absent(), 2, "open"},
		"not done, written twice":       {2, stand.Internal(), table.IfVersion(2), 2, "open"},
		"throttled, written twice":      {2, stand.Throttled(), table.IfVersion(2), 2, "condition"},
		"done under Always, also later": {2, stand.Lost(), table.Always(), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var h *home
			h = newHome(t, func(target string, n int) *stand.Refusal {
				switch {
				case target == "UpdateItem" && n == 1:
					return c.fault
				case target == "UpdateItem" && n == 2:
					for range c.others {
						if _, err := h.direct.Put(h.ctx, item("p", "s", 5), table.Always()); err != nil {
							t.Error(err)
						}
					}
				}
				return nil
			})
			h.put(t, "s", c.stored)
			_, err := h.faulty.Put(h.ctx, item("p", "s", 9), c.cond)
			got := ""
			switch {
			case errors.Is(err, table.ErrCondition):
				got = "condition"
			case errors.Is(err, table.ErrThrottled):
				got = "throttled"
			case errors.Is(err, table.ErrInDoubt):
				got = "open"
			case err != nil:
				got = "another"
			}
			if got != c.want {
				t.Errorf("%v, want it to be %q", err, c.want)
			}
		})
	}
}

// TestDeleteBetween: a delete under a condition is known by its token, although
// somebody made the item anew before the repetition.
func TestDeleteBetween(t *testing.T) {
	t.Parallel()
	var h *home
	h = newHome(t, func(target string, n int) *stand.Refusal {
		if target != "TransactWriteItems" {
			return nil
		}
		if n == 1 {
			return stand.Lost()
		}
		if _, err := h.direct.Put(h.ctx, item("p", "s", 5), table.Absent()); err != nil {
			t.Error(err)
		}
		return nil
	})
	h.put(t, "s", 1)
	if err := h.faulty.Delete(h.ctx, key("p", "s"), table.IfVersion(1)); err != nil {
		t.Error(err)
	}
	h.expect(t, "s", 1, `{"n":5}`)
}

// TestTransactionConflict: a transaction that met another is tried again; one whose
// condition failed as well is not.
func TestTransactionConflict(t *testing.T) {
	t.Parallel()
	ops := []table.Op{table.Put(item("p", "a", 9), table.Absent()), table.Put(item("p", "b", 9), table.Absent()), table.Check(key("p", "c"), table.Absent())}
	for name, c := range map[string]struct {
		reasons  []string
		requests int
		index    int // -1: success
	}{
		"conflict":             {[]string{"None", "TransactionConflict", "None"}, 2, -1},
		"throttled inside":     {[]string{"ThrottlingError", "None", "ProvisionedThroughputExceeded"}, 2, -1},
		"condition":            {[]string{"None", "None", "ConditionalCheckFailed"}, 1, 2},
		"two conditions":       {[]string{"None", "ConditionalCheckFailed", "ConditionalCheckFailed"}, 1, 1},
		"conflict, condition":  {[]string{"TransactionConflict", "ConditionalCheckFailed", "None"}, 1, 1},
		"throttled, condition": {[]string{"ConditionalCheckFailed", "None", "ThrottlingError"}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, first(stand.Cancelled(c.reasons...)))
			err := h.faulty.Transact(h.ctx, ops)
			var unmet *table.ConditionError
			if c.index < 0 && err != nil || c.index >= 0 && (!errors.As(err, &unmet) || unmet.Index != c.index) {
				t.Errorf("%v, want index %d", err, c.index)
			}
			if n := h.proxy.Seen("TransactWriteItems"); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
	always := newHome(t, func(target string, _ int) *stand.Refusal {
		if target == "TransactWriteItems" {
			return stand.Cancelled("TransactionConflict", "None", "None")
		}
		return nil
	})
	if err := always.faulty.Transact(always.ctx, ops); !errors.Is(err, table.ErrThrottled) || errors.Is(err, table.ErrCondition) {
		t.Errorf("conflicts without end: %v, want ErrThrottled", err)
	}
	if got := fmt.Sprint(always.proxy.Seen("TransactWriteItems")); got != "14" {
		t.Errorf("%s requests, want 14", got)
	}
}
