package sink_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// receiver takes batches in, or refuses them.
type receiver struct {
	URL string

	mu      sync.Mutex
	status  int
	batches [][]byte
	heads   []http.Header
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusNoContent}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.status/100 == 2 {
			r.batches, r.heads = append(r.batches, body), append(r.heads, req.Header)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
		if r.status != http.StatusNoContent {
			fmt.Fprint(w, "secret words of the receiver")
		}
	}))
	t.Cleanup(srv.Close)
	r.URL = srv.URL
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) got() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Join(r.batches, nil)
}

type home struct {
	*sink.Service
	store  *table.Store
	trail  *audit.Trail
	sealer *secret.Envelope
	guard  *egress.Guard
	now    func() time.Time
	pass   func(time.Duration)
}

func newHome(t *testing.T) *home {
	t.Helper()
	m := fixture.New(t, time.Now())
	h := &home{store: m.Store, trail: m.Trail, sealer: m.Sealer, now: m.Now, pass: m.Pass}
	h.guard = egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	h.Service = h.process(t)
	return h
}

// process is another one over the same stores.
func (h *home) process(t *testing.T) *sink.Service {
	t.Helper()
	client := h.guard.Client(&egress.ClientOptions{NoRedirects: true})
	t.Cleanup(client.Close)
	return sink.New(h.store, h.trail, h.sealer, h.guard, client, &sink.Options{Now: h.now})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func in(workspace string) context.Context {
	return tenant.WithActor(tenant.With(context.Background(), workspace), tenant.Actor{ID: "usr_1"})
}

func (h *home) fill(t *testing.T, workspace string, n int) {
	t.Helper()
	for i := range n {
		check(t, h.trail.Note(in(workspace), audit.Entry{Action: "thing.change", Resource: fmt.Sprint("thg_", i%9)}))
	}
}

func (h *home) create(t *testing.T, workspace, url string, fromStart bool) sink.Made {
	t.Helper()
	made, err := h.Create(in(workspace), sink.Input{Type: sink.TypeWebhook, URL: secret.New(url), FromStart: fromStart})
	check(t, err)
	return made
}

func (h *home) one(t *testing.T, workspace string) sink.Sink {
	t.Helper()
	all, err := h.List(in(workspace))
	check(t, err)
	if len(all) != 1 {
		t.Fatalf("%d sinks", len(all))
	}
	return all[0]
}

func verified(t *testing.T, raw []byte) audit.FileVerification {
	t.Helper()
	v, err := audit.VerifyFile(bytes.NewReader(raw))
	check(t, err)
	return v
}

// TestDeliver: what arrives is the trail, whole, in order, in signed batches, and
// follows what is written; another workspace's stays there.
func TestDeliver(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	h.fill(t, "wsp_1", 230)
	h.fill(t, "wsp_2", 3)
	made := h.create(t, "wsp_1", r.URL+"/in?token=hidden", true)
	check(t, h.Deliver(context.Background()))
	h.fill(t, "wsp_1", 5)
	check(t, h.Deliver(context.Background()))
	check(t, h.Deliver(context.Background())) // and nothing more
	if v := verified(t, r.got()); !v.OK || v.Records != 236 || v.Gaps != 0 {
		t.Errorf("%+v", v)
	}
	if bytes.Contains(r.got(), []byte("hidden")) {
		t.Error("the address is in the trail")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
	check(t, err)
	ids := map[string]bool{}
	for i, head := range r.heads {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", head.Get("webhook-id"), head.Get("webhook-timestamp"), r.batches[i])
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); head.Get("webhook-signature") != want {
			t.Errorf("batch %d is signed %s, want %s", i, head.Get("webhook-signature"), want)
		}
		ids[head.Get("webhook-id")] = true
		if n := bytes.Count(r.batches[i], []byte("\n")); n > 100 {
			t.Errorf("a batch of %d", n)
		}
	}
	if len(ids) != len(r.heads) || len(ids) != 4 {
		t.Errorf("%d batches, %d ids", len(r.heads), len(ids))
	}
	if one := h.one(t, "wsp_1"); one.State != sink.StateWaiting || one.Delivered != 236 || one.Host == "" || strings.Contains(one.Host, "token") || one.LastRecordAt.IsZero() {
		t.Errorf("%+v", one)
	}
}

// TestDeliverFromNow leaves out what was there before.
func TestDeliverFromNow(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	h.fill(t, "wsp_1", 20)
	h.create(t, "wsp_1", r.URL, false)
	h.fill(t, "wsp_1", 4)
	check(t, h.Deliver(context.Background()))
	if v := verified(t, r.got()); !v.OK || v.Records != 5 { // its own making too
		t.Errorf("%+v", v)
	}
}

// TestDeliverFails: a receiver that refuses is tried again after pauses that double;
// nothing is lost, its words are kept nowhere, and the trail says so once.
func TestDeliverFails(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	h.create(t, "wsp_1", r.URL, true)
	pauses := []time.Duration{}
	for i, status := range []int{500, 301, 404, 429, 500, 500, 500, 500, 500, 500, 500} {
		r.answer(status)
		check(t, h.Deliver(context.Background()))
		one := h.one(t, "wsp_1")
		if one.State != sink.StateFailing || one.Failures != i+1 || one.LastError != fmt.Sprint("the receiver answered ", status) {
			t.Fatalf("%+v", one)
		}
		pause := one.NextAt.Sub(h.now())
		pauses = append(pauses, pause.Round(time.Minute))
		h.pass(pause - time.Second)
		check(t, h.Deliver(context.Background()))
		if again := h.one(t, "wsp_1"); again.Failures != i+1 {
			t.Errorf("tried again too early: %+v", again)
		}
		h.pass(time.Second)
	}
	if pauses[0] != time.Minute || pauses[3] != 8*time.Minute || pauses[10] != 6*time.Hour {
		t.Errorf("pauses %v", pauses)
	}
	r.answer(http.StatusOK)
	check(t, h.Deliver(context.Background()))
	v := verified(t, r.got())
	if one := h.one(t, "wsp_1"); !v.OK || v.Records != 2 || one.State != sink.StateWaiting || one.Failures != 0 || one.LastError != "" {
		t.Errorf("%+v %+v", v, one)
	}
	if got := r.got(); bytes.Count(got, []byte(sink.ActionFail)) != 1 || bytes.Contains(got, []byte("secret words")) {
		t.Errorf("%s", got)
	}
}

// TestDeliverTogether: processes that deliver at once send no batch twice.
func TestDeliverTogether(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	h.fill(t, "wsp_1", 400)
	h.create(t, "wsp_1", r.URL, true)
	var all sync.WaitGroup
	for range 4 {
		s := h.process(t)
		all.Go(func() { check(t, s.Deliver(context.Background())) })
	}
	all.Wait()
	check(t, h.Deliver(context.Background()))
	if v := verified(t, r.got()); !v.OK || v.Records != 401 {
		t.Errorf("%+v", v)
	}
}

// TestDeliverRestored: a process that died between the answer and its note sends the
// same batch under the same id.
func TestDeliverRestored(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	made := h.create(t, "wsp_1", r.URL, true)
	before, err := h.store.Get(in("wsp_1"), table.Key{PK: "AUDSINK", SK: made.ID})
	check(t, err)
	check(t, h.Deliver(context.Background()))
	_, err = h.store.Put(in("wsp_1"), before, table.Present())
	check(t, err)
	check(t, h.Deliver(context.Background()))
	if len(r.batches) != 2 || !bytes.Equal(r.batches[0], r.batches[1]) || r.heads[0].Get("webhook-id") != r.heads[1].Get("webhook-id") {
		t.Errorf("%d batches, %v", len(r.batches), r.heads)
	}
}

func TestCreateRefused(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	for name, c := range map[string]struct {
		in   sink.Input
		code apierr.Code
	}{
		"no type":   {sink.Input{URL: secret.New(r.URL)}, apierr.ValidationFailed},
		"a bucket":  {sink.Input{Type: "s3", Bucket: there}, apierr.ValidationFailed}, // nobody reaches any
		"no URL":    {sink.Input{Type: "webhook"}, apierr.ValidationFailed},
		"a scheme":  {sink.Input{Type: "webhook", URL: secret.New("file:///etc/passwd")}, apierr.ValidationFailed},
		"a user":    {sink.Input{Type: "webhook", URL: secret.New("https://a:b@example.com/")}, apierr.ValidationFailed},
		"too long":  {sink.Input{Type: "webhook", URL: secret.New("https://example.com/" + strings.Repeat("a", 2048))}, apierr.ValidationFailed},
		"a space":   {sink.Input{Type: "webhook", URL: secret.New("https://example.com/ a")}, apierr.ValidationFailed},
		"metadata":  {sink.Input{Type: "webhook", URL: secret.New("http://169.254.169.254/latest")}, apierr.EgressBlocked},
		"a private": {sink.Input{Type: "webhook", URL: secret.New("http://10.0.0.1/")}, apierr.EgressBlocked},
	} {
		if _, err := h.Create(in("wsp_1"), c.in); apierr.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	for range 5 {
		h.create(t, "wsp_1", r.URL, false)
	}
	if _, err := h.Create(in("wsp_1"), sink.Input{Type: "webhook", URL: secret.New(r.URL)}); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("a sixth: %v", err)
	}
	if _, err := h.Create(context.Background(), sink.Input{Type: "webhook", URL: secret.New(r.URL)}); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no workspace: %v", err)
	}
}

// TestGuarded: an address whose name leads inside is caught when it is dialled.
func TestGuarded(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	h.create(t, "wsp_1", r.URL, true)
	strict := egress.New(nil).Client(&egress.ClientOptions{NoRedirects: true})
	t.Cleanup(strict.Close)
	s := sink.New(h.store, h.trail, h.sealer, h.guard, strict, &sink.Options{Now: h.now})
	check(t, s.Deliver(context.Background()))
	if one := h.one(t, "wsp_1"); one.LastError != "the address leads to where nothing may be sent" || len(r.got()) != 0 {
		t.Errorf("%+v", one)
	}
}

// TestWorkspaceGone: of a workspace whose items were removed nothing stays listed.
func TestWorkspaceGone(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	h.create(t, "wsp_1", r.URL, true)
	kept := h.create(t, "wsp_2", r.URL, true)
	check(t, table.Clear(in("wsp_1"), h.store, "AUDSINK", nil))
	check(t, h.Deliver(context.Background()))
	page, err := h.store.Query(tenant.WithSystem(context.Background()), table.Query{PK: "AUDSINKS"})
	if err != nil || len(page.Items) != 1 || page.Items[0].SK != "wsp_2/"+kept.ID {
		t.Errorf("%+v, %v", page.Items, err)
	}
}

func TestDeleteAndReseal(t *testing.T) {
	t.Parallel()
	h, r := newHome(t), newReceiver(t)
	made := h.create(t, "wsp_1", r.URL, true)
	check(t, h.sealer.Rotate(in("wsp_1")))
	for _, want := range []int{1, 0} {
		if n, err := h.Reseal(in("wsp_1")); n != want || err != nil {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	if err := h.Delete(in("wsp_2"), made.ID); apierr.CodeOf(err) != apierr.NotFound {
		t.Errorf("another workspace's: %v", err)
	}
	check(t, h.Delete(in("wsp_1"), made.ID))
	if err := h.Delete(in("wsp_1"), made.ID); apierr.CodeOf(err) != apierr.NotFound {
		t.Errorf("once more: %v", err)
	}
	check(t, h.Deliver(context.Background()))
	if len(r.got()) != 0 {
		t.Error("sent to a sink that was removed")
	}
	if all, err := h.List(in("wsp_1")); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}
