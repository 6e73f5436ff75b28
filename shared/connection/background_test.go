package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// elsewhere takes jobs in, as the start of an execution does.
type elsewhere struct {
	mu   sync.Mutex
	jobs []connection.ImportJob
	err  error // that it answers
}

func (e *elsewhere) background(_ context.Context, job connection.ImportJob) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.jobs = append(e.jobs, job)
	return e.err
}

// handed checks how many jobs there are, and returns the last.
func (e *elsewhere) handed(t *testing.T, n int) connection.ImportJob {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.jobs) != n || n == 0 {
		t.Fatalf("%d jobs handed over, want %d", len(e.jobs), n)
	}
	return e.jobs[n-1]
}

// functions is a home whose imports are done elsewhere and whose fetches end with
// their callers.
func functions(t *testing.T, e *elsewhere) *home {
	return newHome(t, options{library: library.Options{LargeBytes: 32 << 10, Tied: true}, background: e.background})
}

// origin serves a document; while it stalls, half of a large one and no more: a
// request that gets the whole at once needs no background.
type origin struct {
	source
	stalls atomic.Bool
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if o.stalls.Load() {
		newGate(large(128<<10)).ServeHTTP(w, r)
		return
	}
	o.source.ServeHTTP(w, r)
}

func (h *home) importing(t *testing.T, ctx context.Context, o *origin) connection.Connection {
	t.Helper()
	input := bearer("p")
	input.SpecURL = serve(t, o.ServeHTTP) + "/spec.json?token=cAnArY-in-the-address"
	o.stalls.Store(true)
	c, err := h.Create(ctx, input)
	check(t, err)
	o.stalls.Store(false)
	if c.Status != connection.StatusImporting {
		t.Fatalf("%+v", c)
	}
	return c
}

// whole is the origin of the large document.
func whole() *origin { return &origin{source: source{body: large(128 << 10)}} }

// TestHandedOver: the request leaves nothing of the document; the job, which
// holds no secret, has it fetched anew.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	e := &elsewhere{}
	h, ctx := functions(t, e), in(t, "wsp_a")
	c := h.importing(t, ctx, whole())
	for _, err := range h.blobs.All(ctx, "") {
		t.Fatalf("the request stored a part of the document (%v)", err)
	}
	job := e.handed(t, 1)
	if job.Workspace != "wsp_a" || job.Connection != c.ID || job.Attempt != 1 {
		t.Errorf("%+v", job)
	}
	if !regexp.MustCompile(`^[a-z0-9_-]{1,80}$`).MatchString(job.Name()) {
		t.Errorf("%q names no execution", job.Name())
	}
	raw, err := json.Marshal(job)
	check(t, err)
	if strings.Contains(string(raw), "cAnArY") || strings.Contains(string(raw), "t0k") || strings.Contains(string(raw), "example.com") {
		t.Errorf("the job says too much: %s", raw)
	}
	h.again() // another process
	status, err := h.ImportNow(t.Context(), job)
	if err != nil || status != connection.StatusActive {
		t.Fatalf("%s, %v", status, err)
	}
	wantActive(t, h, "wsp_a", c.ID)
	recs := h.records(t, ctx)
	if last := recs[len(recs)-1]; last.Action != connection.ActionImport || last.Actor != "usr_x" {
		t.Errorf("%+v", last)
	}
	// Again, as after a crash between the import and its answer: nothing changes.
	if status, err := h.ImportNow(t.Context(), job); err != nil || status != connection.StatusActive {
		t.Errorf("again: %s, %v", status, err)
	}
	check(t, h.FailImport(t.Context(), job, errors.New("late")))
	if n := len(h.records(t, ctx)); n != len(recs) {
		t.Errorf("%d records, %d before", n, len(recs))
	}
	wantActive(t, h, "wsp_a", c.ID)
}

func TestHandedOverUpload(t *testing.T) {
	t.Parallel()
	e := &elsewhere{}
	h, ctx := functions(t, e), in(t, "wsp_a")
	input := bearer("p")
	input.SpecDocument = connection.Text(large(128 << 10))
	c, err := h.Create(ctx, input)
	check(t, err)
	h.again()
	if status, err := h.ImportNow(t.Context(), e.handed(t, 1)); err != nil || status != connection.StatusActive {
		t.Fatalf("%s, %v", status, err)
	}
	wantActive(t, h, "wsp_a", c.ID)
}

// TestHandedOverAgain: an import that nobody finishes is handed over under a new
// name when its time has passed, and ends FAILED after three.
func TestHandedOverAgain(t *testing.T) {
	t.Parallel()
	e := &elsewhere{err: errors.New("throttled")}
	h, ctx := functions(t, e), in(t, "wsp_a")
	c := h.importing(t, ctx, whole()) // no error: it will be made good
	again := func(want int) {
		t.Helper()
		if n, err := h.ResumeImports(t.Context()); n != want || err != nil {
			t.Fatalf("%d handed over, %v, want %d", n, err, want)
		}
	}
	names := []string{e.handed(t, 1).Name()}
	again(0)
	for attempt := 2; attempt <= 3; attempt++ {
		h.clock.forward(6 * time.Minute)
		again(1)
		again(0)
		job := e.handed(t, attempt)
		if job.Attempt != attempt || slices.Contains(names, job.Name()) {
			t.Errorf("%+v", job)
		}
		names = append(names, job.Name())
	}
	h.clock.forward(6 * time.Minute)
	again(0)
	if got, err := h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusFailed || !strings.Contains(got.StatusDetail, "interrupted") {
		t.Errorf("%+v, %v", got, err)
	}
	if n := h.pendingImports(t); n != 0 {
		t.Errorf("%d imports left", n)
	}
}

// TestBegunIsLeftAlone: while an import runs it is not handed over, and one whose
// process was killed is, once its time has passed.
func TestBegunIsLeftAlone(t *testing.T) {
	t.Parallel()
	e := &elsewhere{}
	h, ctx := functions(t, e), in(t, "wsp_a")
	g := newGate(large(128 << 10))
	input := bearer("p")
	input.SpecURL = serve(t, g.ServeHTTP)
	c, err := h.Create(ctx, input)
	check(t, err)
	job := e.handed(t, 1)
	running, kill := context.WithCancel(t.Context())
	done := make(chan error, 1)
	progress := make(chan struct{})
	h.clock.forward(4 * time.Minute)
	go func() { _, err := h.ImportNow(running, job); done <- err }()
	go func() {
		for { // until the import has noted progress, it may not have begun
			if got, err := h.Get(ctx, c.ID); err != nil || got.Progress.Percent > 0 {
				close(progress)
				return
			}
		}
	}()
	<-progress
	h.clock.forward(6 * time.Minute)
	if n, err := h.ResumeImports(t.Context()); n != 0 || err != nil {
		t.Errorf("%d handed over while it runs, %v", n, err)
	}
	kill()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("killed: %v", err)
	}
	h.clock.forward(20 * time.Minute)
	if n, err := h.ResumeImports(t.Context()); n != 1 || err != nil {
		t.Errorf("%d handed over after it was killed, %v", n, err)
	}
	g.open()
	if status, err := h.ImportNow(t.Context(), e.handed(t, 2)); err != nil || status != connection.StatusActive {
		t.Fatalf("%s, %v", status, err)
	}
	wantActive(t, h, "wsp_a", c.ID)
}

// TestBlame: a document that is no good ends the import at once; what is ours
// is returned, to be tried again or given up.
func TestBlame(t *testing.T) {
	t.Parallel()
	t.Run("the document's", func(t *testing.T) {
		t.Parallel()
		e, src := &elsewhere{}, whole()
		h, ctx := functions(t, e), in(t, "wsp_a")
		c := h.importing(t, ctx, src)
		src.set(strings.TrimSuffix(large(128<<10), "}"), 0)
		if status, err := h.ImportNow(t.Context(), e.handed(t, 1)); err != nil || status != connection.StatusFailed {
			t.Fatalf("%s, %v", status, err)
		}
		got, err := h.Get(ctx, c.ID)
		check(t, err)
		if !strings.HasPrefix(got.StatusDetail, "SPEC_INVALID: ") || h.pendingImports(t) != 0 {
			t.Errorf("%s, %d imports left", got.StatusDetail, h.pendingImports(t))
		}
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		e := &elsewhere{}
		h, ctx := functions(t, e), in(t, "wsp_a")
		c := h.importing(t, ctx, whole())
		gone, end := context.WithCancel(t.Context())
		end()
		if _, err := h.ImportNow(gone, e.handed(t, 1)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got, err := h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusImporting {
			t.Fatalf("%+v, %v", got, err)
		}
		other := e.handed(t, 1)
		other.At = other.At.Add(-time.Hour) // of an import before
		check(t, h.FailImport(t.Context(), other, errors.New("late")))
		if got, err := h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusImporting {
			t.Fatalf("failed by another's end: %+v, %v", got, err)
		}
		check(t, h.FailImport(t.Context(), e.handed(t, 1), errors.New("Lambda.Unknown: cAnArY of a stack")))
		got, err := h.Get(ctx, c.ID)
		check(t, err)
		if got.Status != connection.StatusFailed || strings.Contains(got.StatusDetail, "cAnArY") || h.pendingImports(t) != 0 {
			t.Errorf("%s: %s, %d imports left", got.Status, got.StatusDetail, h.pendingImports(t))
		}
	})
	t.Run("nobody's", func(t *testing.T) {
		t.Parallel()
		e := &elsewhere{}
		h, ctx := functions(t, e), in(t, "wsp_a")
		c := h.importing(t, ctx, whole())
		check(t, h.Delete(ctx, c.ID))
		if status, err := h.ImportNow(t.Context(), e.handed(t, 1)); err != nil || status != "" || h.pendingImports(t) != 0 {
			t.Errorf("%q, %v, %d imports left", status, err, h.pendingImports(t))
		}
	})
}

// TestFailedIsHandedOverAgain: a refresh of a failed import goes to the background
// where the document is large, under a name of its own.
func TestFailedIsHandedOverAgain(t *testing.T) {
	t.Parallel()
	e, src := &elsewhere{}, whole()
	h, ctx := functions(t, e), in(t, "wsp_a")
	c := h.importing(t, ctx, src)
	first := e.handed(t, 1)
	src.set(strings.TrimSuffix(large(128<<10), "}"), 0)
	status, err := h.ImportNow(t.Context(), first)
	if err != nil || status != connection.StatusFailed {
		t.Fatalf("%s, %v", status, err)
	}
	h.clock.forward(time.Minute)
	src.stalls.Store(true)
	out, err := h.Refresh(ctx, c.ID)
	check(t, err)
	src.stalls.Store(false)
	src.set(large(128<<10), 0)
	if out.Connection.Status != connection.StatusImporting || out.Changed || out.Connection.Version != 3 {
		t.Fatalf("%+v", out)
	}
	second := e.handed(t, 2)
	if second.Name() == first.Name() {
		t.Errorf("%s names two imports", first.Name())
	}
	_, err = h.Refresh(ctx, c.ID)
	wantCode(t, err, apierr.Conflict)
	if status, err := h.ImportNow(t.Context(), second); err != nil || status != connection.StatusActive {
		t.Fatalf("%s, %v", status, err)
	}
	wantActive(t, h, "wsp_a", c.ID)
}

func TestSources(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	src := &source{body: pets}
	url := serve(t, src.ServeHTTP)
	var want []string
	for i := range 7 {
		input := bearer("p")
		switch i {
		case 2:
			input.SpecDocument = pets
		case 4:
			input.SpecURL, input.Sample = url, true
		default:
			input.SpecURL = url
		}
		c, err := h.Create(ctx, input)
		check(t, err)
		if input.SpecURL != "" && !input.Sample {
			want = append(want, c.ID)
		}
	}
	for limit := 1; limit <= 8; limit++ {
		var got []string
		for after, pages := "", 0; ; pages++ {
			ids, next, err := h.Sources(ctx, after, limit)
			check(t, err)
			got = append(got, ids...)
			if after = next; after == "" || pages > 8 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
	if ids, next, err := h.Sources(in(t, "wsp_b"), "", 10); len(ids) != 0 || next != "" || err != nil {
		t.Errorf("another workspace: %v, %q, %v", ids, next, err)
	}
}

// TestNotesOfBefore: a note that an older program wrote has no time to wait for,
// and one that cannot be read keeps no other from being handed over.
func TestNotesOfBefore(t *testing.T) {
	t.Parallel()
	e := &elsewhere{}
	h := functions(t, e)
	item, err := table.JSONItem(table.Key{PK: "IMPORT", SK: "wsp_z/con_x"}, map[string]any{
		"workspace": "wsp_z", "connection": "con_x", "at": h.clock.now(), "attempts": 1})
	check(t, err)
	_, err = h.store.Put(tenant.WithSystem(t.Context()), item, table.Always())
	check(t, err)
	bad := table.Item{Key: table.Key{PK: "IMPORT", SK: "wsp_a/con_x"}, Data: []byte(`{"attempts":"x"}`)}
	_, err = h.store.Put(tenant.WithSystem(t.Context()), bad, table.Always())
	check(t, err)
	if n, err := h.ResumeImports(t.Context()); n != 1 || err == nil || !strings.Contains(err.Error(), "wsp_a/con_x") {
		t.Fatalf("%d, %v", n, err)
	}
	check(t, h.store.Delete(tenant.WithSystem(t.Context()), bad.Key, table.Present()))
	if status, err := h.ImportNow(t.Context(), e.handed(t, 1)); err != nil || status != "" || h.pendingImports(t) != 0 {
		t.Errorf("%q, %v", status, err)
	}
}

// TestHandleImport: what the state machine sends, and what it gets.
func TestHandleImport(t *testing.T) {
	t.Parallel()
	e := &elsewhere{}
	h, ctx := functions(t, e), in(t, "wsp_a")
	c := h.importing(t, ctx, whole())
	send := func(call connection.ImportCall) (string, error) {
		raw, err := json.Marshal(call)
		check(t, err)
		out, err := h.HandleImport(t.Context(), raw)
		return string(out), err
	}
	job := e.handed(t, 1)
	for _, bad := range []string{`[]`, `{}`, `{"op":"x"}`, ``} {
		if _, err := h.HandleImport(t.Context(), json.RawMessage(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	out, err := send(connection.ImportCall{Op: "import", ImportJob: job})
	if err != nil || out != `{"status":"ACTIVE"}` {
		t.Errorf("%s, %v", out, err)
	}
	wantActive(t, h, "wsp_a", c.ID)
	second := h.importing(t, ctx, whole())
	out, err = send(connection.ImportCall{Op: "fail", ImportJob: e.handed(t, 2), Error: "Lambda.Unknown", Cause: "cAnArY"})
	if err != nil || out != `{"status":"FAILED"}` {
		t.Errorf("%s, %v", out, err)
	}
	if got, err := h.Get(ctx, second.ID); err != nil || got.Status != connection.StatusFailed || strings.Contains(got.StatusDetail, "cAnArY") {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestGivenUpLate: who had an import before gives up nothing of who has it now.
func TestGivenUpLate(t *testing.T) {
	t.Parallel()
	e := &elsewhere{}
	h, ctx := functions(t, e), in(t, "wsp_a")
	c := h.importing(t, ctx, whole())
	first := e.handed(t, 1)
	h.clock.forward(6 * time.Minute)
	if n, err := h.ResumeImports(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d handed over, %v", n, err)
	}
	check(t, h.FailImport(t.Context(), first, errors.New("it never began")))
	if got, err := h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusImporting {
		t.Errorf("%+v, %v", got, err)
	}
	if status, err := h.ImportNow(t.Context(), e.handed(t, 2)); err != nil || status != connection.StatusActive {
		t.Errorf("%s, %v", status, err)
	}
}
