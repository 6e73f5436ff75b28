package local

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/table"
)

// Items of a run, in its workspace:
//
//	ENGINE#<name>  HEAD                     what Describe tells once it has ended
//	ENGINE#<name>  H#<event>#<batch>#<part> entries from that event on, in parts
//	MACHINE#<hash> <part>                   a definition, shared by its runs
//
// and among the system records, while the run is under way:
//
//	ENGINE         <workspace> <name>       whether there is anything to do, and when
//
// and once it has ended, until its batches are folded:
//
//	ENGINEFOLD     <workspace> <name>       when it ended
const (
	openPK    = "ENGINE"
	headSK    = "HEAD"
	batchSK   = "H#"
	partBytes = 300 << 10
	// plainBytes is the size from which a batch is compressed.
	plainBytes = 8 << 10
	// maxUnpacked bounds what a compressed document may hold.
	maxUnpacked = 64 << 20
)

func runPK(name string) string { return "ENGINE#" + name }

// head is the HEAD item.
type head struct {
	Definition string          `json:"definition"` // its hash
	Input      string          `json:"input"`      // its hash
	Status     asl.Status      `json:"status"`
	Output     json.RawMessage `json:"output,omitempty"`
	Failure    *asl.Failure    `json:"failure,omitempty"`
	StartedAt  time.Time       `json:"startedAt"`
	EndedAt    time.Time       `json:"endedAt,omitzero"`
	LastEvent  int64           `json:"lastEvent"` // when it ended
	version    int64
}

// openRecord is a run's entry among those under way.
type openRecord struct {
	Workspace string    `json:"workspace"`
	Name      string    `json:"name"`
	Parked    bool      `json:"parked"`
	Due       time.Time `json:"due,omitzero"`
}

func decodeOpen(raw json.RawMessage) (o openRecord, err error) {
	err = json.Unmarshal(raw, &o)
	return o, err
}

func (o openRecord) key() table.Key { return table.Key{PK: openPK, SK: o.Workspace + " " + o.Name} }

// part is a piece of a document: JSON as it is, or base64 of its gzip.
type part struct {
	Of     int             `json:"of"`
	Plain  json.RawMessage `json:"plain,omitempty"`
	Packed string          `json:"packed,omitempty"`
}

// parts cuts a document into pieces that fit an item.
func parts(doc []byte) ([]part, error) {
	if len(doc) <= plainBytes {
		return []part{{Of: 1, Plain: doc}}, nil
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(doc); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	text := base64.StdEncoding.EncodeToString(b.Bytes())
	var out []part
	for len(text) > 0 {
		n := min(len(text), partBytes)
		out = append(out, part{Packed: text[:n]})
		text = text[n:]
	}
	for i := range out {
		out[i].Of = len(out)
	}
	return out, nil
}

// whole puts pieces together again.
func whole(pieces []part) ([]byte, error) {
	if len(pieces) == 0 || len(pieces) != pieces[0].Of {
		return nil, errors.New("local: a piece of the journal is missing")
	}
	if pieces[0].Plain != nil {
		return pieces[0].Plain, nil
	}
	var text strings.Builder
	for _, p := range pieces {
		text.WriteString(p.Packed)
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text.String())))
	if err != nil {
		return nil, err
	}
	doc, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if len(doc) > maxUnpacked {
		return nil, errors.New("local: a document of the journal is too large")
	}
	return doc, err
}

// commit makes what happened durable, all at once, then tells the observer. settled
// says that the run will rest now, so that its open record can say so.
func (e *Engine) commit(ctx context.Context, l *live, settled bool) error {
	entries := l.run.Take()
	ops, seq, err := e.batchOps(l, entries)
	if err != nil {
		l.run = nil
		return err
	}
	h, open := l.head, l.open
	status := l.run.Status()
	if status != h.Status {
		h.become(l.run)
		op, err := h.op(l.key.name, table.IfVersion(h.version))
		if err != nil {
			return err
		}
		h.version++
		ops = append(ops, op)
	}
	switch {
	case status != asl.Running:
		if open != (openRecord{}) {
			ended, err := unfolded{Workspace: l.key.workspace, Name: l.key.name, At: l.run.EndedAt()}.op()
			if err != nil {
				return err
			}
			ops = append(ops, table.Global(table.Delete(open.key(), table.Always())), ended)
			open = openRecord{}
		}
	default:
		want := openRecord{Workspace: l.key.workspace, Name: l.key.name, Parked: settled && l.parked()}
		if want.Parked {
			want.Due = l.run.NextDue().UTC()
		}
		if want.Parked != open.Parked || !want.Due.Equal(open.Due) || open.Name == "" {
			op, err := want.op()
			if err != nil {
				return err
			}
			ops = append(ops, op)
			open = want
		}
	}
	if len(ops) == 0 {
		return nil
	}
	if status != l.head.Status { // Describe must not know of an end that History does not
		e.tails.hide(l.key)
	}
	if err := e.store.Transact(ctx, ops); err != nil {
		l.run = nil // whether it was written is open: the journal knows
		e.tails.forget(l.key)
		return fmt.Errorf("local: journal of %s: %w", l.key.name, err)
	}
	l.head, l.open, l.seq = h, open, seq
	e.tails.add(l.key, entries)
	if e.opts.Observer != nil && len(entries) > 0 {
		e.opts.Observer(ctx, l.key.name)
	}
	return nil
}

// batchOps are the writes of one batch of entries.
func (e *Engine) batchOps(l *live, entries []*asl.Entry) ([]table.Op, int, error) {
	if len(entries) == 0 {
		return nil, l.seq, nil
	}
	first := l.run.LastEventID() + 1
	for _, entry := range entries {
		if !entry.Hidden() {
			first = entry.ID
			break
		}
	}
	items, err := batchItems(l.key.name, fmt.Sprintf("%s%08d#%08d", batchSK, first, l.seq), entries)
	if err != nil {
		return nil, 0, fmt.Errorf("local: journal: %w", err)
	}
	ops := make([]table.Op, 0, len(items)+2)
	for _, item := range items {
		ops = append(ops, table.Put(item, table.Absent()))
	}
	return ops, l.seq + 1, nil
}

// batchItems are the parts of a batch, each under the batch's sort key and its number.
func batchItems(name, sk string, entries any) ([]table.Item, error) {
	doc, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	pieces, err := parts(doc)
	if err != nil {
		return nil, err
	}
	items := make([]table.Item, len(pieces))
	for i, p := range pieces {
		raw := fmt.Appendf(nil, `{"of":1,"plain":%s}`, p.Plain) // as Marshal, without reading it again
		if p.Plain == nil {
			if raw, err = json.Marshal(p); err != nil {
				return nil, err
			}
		}
		items[i] = table.Item{Key: table.Key{PK: runPK(name), SK: fmt.Sprintf("%s#%02d", sk, i)}, Data: raw}
	}
	return items, nil
}

func (h *head) become(r *asl.Run) {
	h.Status, h.Failure, h.StartedAt, h.EndedAt = r.Status(), r.Failure(), r.StartedAt(), r.EndedAt()
	h.Output, h.LastEvent = nil, r.LastEventID()
	if h.Status == asl.Succeeded {
		h.Output = r.Output()
	}
}

func (h *head) op(name string, cond table.Condition) (table.Op, error) {
	raw, err := json.Marshal(h)
	if err != nil {
		return table.Op{}, fmt.Errorf("local: head of %s: %w", name, err)
	}
	return table.Put(table.Item{Key: table.Key{PK: runPK(name), SK: headSK}, Data: raw}, cond), nil
}

func (o openRecord) op() (table.Op, error) {
	raw, err := json.Marshal(o)
	if err != nil {
		return table.Op{}, fmt.Errorf("local: open record of %s: %w", o.Name, err)
	}
	return table.Global(table.Put(table.Item{Key: o.key(), Data: raw}, table.Always())), nil
}

// readHead returns the HEAD item, or execution.ErrNoRun.
func (e *Engine) readHead(ctx context.Context, name string) (head, error) {
	item, err := e.store.Get(ctx, table.Key{PK: runPK(name), SK: headSK})
	if errors.Is(err, table.ErrNotFound) || errors.Is(err, table.ErrInvalid) {
		return head{}, execution.ErrNoRun
	}
	if err != nil {
		return head{}, err
	}
	var h head
	if err := json.Unmarshal(item.Data, &h); err != nil {
		return head{}, fmt.Errorf("local: head of %s: %w", name, err)
	}
	h.version = item.Version
	return h, nil
}

// storedBatch is a batch as it lies in the table.
type storedBatch struct {
	keys []table.Key
	doc  []byte
}

// stored are the batches of a run from a sort key on, in order.
func (e *Engine) stored(ctx context.Context, name, from string) iter.Seq2[storedBatch, error] {
	return func(yield func(storedBatch, error) bool) {
		var pieces []part
		var b storedBatch
		for item, err := range e.store.All(ctx, table.Query{PK: runPK(name), From: from, To: batchSK + "~", Limit: table.DefaultPageLen}) {
			if err != nil {
				yield(storedBatch{}, err)
				return
			}
			var p part
			if err := json.Unmarshal(item.Data, &p); err != nil {
				yield(storedBatch{}, fmt.Errorf("local: journal of %s: %w", name, err))
				return
			}
			pieces, b.keys = append(pieces, p), append(b.keys, item.Key)
			if len(pieces) < p.Of {
				continue
			}
			if b.doc, err = whole(pieces); err != nil {
				yield(storedBatch{}, err)
				return
			}
			if !yield(b, nil) {
				return
			}
			pieces, b = pieces[:0], storedBatch{}
		}
	}
}

// inOnePart are the entries of a batch, where the part holds all of it.
func inOnePart(item table.Item) (entries []asl.Entry, ok bool, err error) {
	var p part
	if err = json.Unmarshal(item.Data, &p); err != nil || p.Of != 1 {
		return nil, false, err
	}
	doc, err := whole([]part{p})
	if err != nil {
		return nil, false, err
	}
	err = json.Unmarshal(doc, &entries)
	return entries, true, err
}

// batches calls fn with each batch of a run from a sort key on, in order, and tells
// the number for the one that follows the last.
func (e *Engine) batches(ctx context.Context, name, from string, fn func([]asl.Entry) (more bool, err error)) (next int, err error) {
	last := ""
	for b, err := range e.stored(ctx, name, from) {
		if err != nil {
			return 0, err
		}
		last = b.keys[0].SK
		var entries []asl.Entry
		if err := json.Unmarshal(b.doc, &entries); err != nil {
			return 0, fmt.Errorf("local: journal of %s: %w", name, err)
		}
		if more, err := fn(entries); err != nil || !more {
			return 0, err
		}
	}
	return numberAfter(last)
}

// numberAfter reads a batch's number in the key of one of its parts, and adds one; ""
// is that there is none.
func numberAfter(sk string) (int, error) {
	if sk == "" {
		return 0, nil
	}
	var first, number, part int
	if _, err := fmt.Sscanf(sk, batchSK+"%d#%d#%d", &first, &number, &part); err != nil {
		return 0, fmt.Errorf("local: key %q of the journal: %w", sk, err)
	}
	return number + 1, nil
}

// load brings a run into memory from its journal.
func (e *Engine) load(ctx context.Context, l *live) error {
	h, err := e.readHead(ctx, l.key.name)
	if err != nil {
		return err
	}
	m, err := e.machine(ctx, h.Definition)
	if err != nil {
		return err
	}
	run := e.newRun(m, l.key.name)
	next, err := e.batches(ctx, l.key.name, batchSK, func(entries []asl.Entry) (bool, error) { return true, run.Restore(entries) })
	if err != nil {
		return err
	}
	var open openRecord
	item, err := e.store.Get(systemOf(ctx), openRecord{Workspace: l.key.workspace, Name: l.key.name}.key())
	switch {
	case err == nil:
		if open, err = decodeOpen(item.Data); err != nil {
			return err
		}
	case !errors.Is(err, table.ErrNotFound):
		return err
	}
	l.run, l.head, l.seq, l.open = run, h, next, open
	return nil
}
