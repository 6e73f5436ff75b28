package connection_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// trying opens credentials as a try does, which leaves the record of its request.
func trying(ctx context.Context) context.Context {
	return connection.For(ctx, connection.Purpose{Why: connection.WhyTry})
}

func running(ctx context.Context, run, step string) context.Context {
	return connection.For(ctx, connection.Purpose{Why: connection.WhyRun, Run: run, Step: step})
}

// TestPurpose: one record for each run and connection, before the credential is open,
// by however many steps of however many processes at once; one a day for who says
// nothing; none besides those of tests and tries.
func TestPurpose(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "Pets", SpecURL: serve(t, src.ServeHTTP) + "/spec.json", AuthType: connection.AuthBearer,
		AuthConfig: connection.AuthConfig{Token: secret.New("t")}})
	check(t, err)
	uses := func() (all []audit.Record) {
		for _, r := range h.records(t, ctx) {
			if r.Action == connection.ActionCredential {
				all = append(all, r)
			}
		}
		return all
	}
	open := func(s *connection.Service, ctx context.Context) {
		t.Helper()
		if cred, err := s.Credential(ctx, c.ID); err != nil || cred.Token.Reveal() != "t" {
			t.Errorf("%+v, %v", cred, err)
		}
	}
	open(h.Service, trying(ctx))
	open(h.Service, connection.For(ctx, connection.Purpose{Why: connection.WhyTest}))
	if got := uses(); len(got) != 0 {
		t.Errorf("a try has the record of its request: %+v", got)
	}
	var all sync.WaitGroup
	for i := range 8 {
		s := connection.New(h.store, h.trail, h.sealer, nil, nil, &connection.Options{Now: h.clock.now}) // another process
		t.Cleanup(s.Close)
		for range 3 {
			all.Go(func() { open(s, running(ctx, "exe_1", fmt.Sprint("each[", i, "]/get"))) })
		}
	}
	all.Wait()
	got := uses()
	if len(got) != 1 || got[0].Resource != c.ID || !strings.Contains(got[0].Message, "of run exe_1") || !strings.Contains(string(got[0].Details), `"run":"exe_1"`) {
		t.Fatalf("%+v", got)
	}
	open(h.Service, running(ctx, "exe_2", "get"))
	open(h.Service, ctx)
	open(h.Service, ctx)
	if got = uses(); len(got) != 3 || got[2].Level != audit.Warn {
		t.Errorf("%+v", got)
	}
	tracked := audit.Track(ctx)
	open(h.Service, running(tracked, "exe_3", "get"))
	if audit.Committed(tracked) {
		t.Error("the record of a use counts as that of the request")
	}
	for _, r := range uses() {
		if strings.Contains(string(r.Details), "t\"}") && strings.Contains(r.Message, "token") {
			t.Errorf("%+v", r)
		}
	}
}

// deaf is a trail that cannot be written.
type deaf struct{ connection.Trail }

var errDeaf = errors.New("the trail cannot be written")

func (deaf) Commit(context.Context, []table.Op, audit.Entry) error { return errDeaf }

// TestPurposeFirst: without its record no credential is opened.
func TestPurposeFirst(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "Pets", SpecURL: serve(t, src.ServeHTTP) + "/spec.json", AuthType: connection.AuthBearer,
		AuthConfig: connection.AuthConfig{Token: secret.New("t")}})
	check(t, err)
	s := connection.New(h.store, deaf{h.trail}, h.sealer, nil, nil, &connection.Options{Now: h.clock.now})
	t.Cleanup(s.Close)
	if _, err := s.Credential(running(ctx, "exe_1", "get"), c.ID); !errors.Is(err, errDeaf) {
		t.Errorf("got %v", err)
	}
}
