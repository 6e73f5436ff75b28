// Package blobtest is the one conformance suite of the object store: every driver
// runs it, through the Store, as domains use it. It owns no driver.
package blobtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/tenant"
)

// Harness says how to reach one driver.
type Harness struct {
	// Open returns a driver. It may be shared between tests: each uses tenants of
	// its own.
	Open func(t *testing.T) blob.Driver
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"Refusals": testRefusals, "NoTenant": testNoTenant, "Tenants": testTenants, "Cancelled": testCancelled,
		"RoundTrip": testRoundTrip, "Exclusive": testExclusive, "ExclusiveRace": testExclusiveRace,
		"FailedPut": testFailedPut, "Atomic": testAtomic, "ReaderOutlivesDelete": testReaderOutlivesDelete,
		"Range": testRange, "ReadAll": testReadAll, "TooLarge": testTooLarge, "Delete": testDelete,
		"List": testList, "FolderAndObject": testFolderAndObject,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &fixture{store: blob.New(h.Open(t)), ctx: newTenant(t.Context())})
		})
	}
}

// fixture is one test's own store and tenant.
type fixture struct {
	store *blob.Store
	ctx   context.Context
}

func newTenant(ctx context.Context) context.Context {
	return tenant.With(ctx, "wsp_"+uuid.NewString())
}

func (f *fixture) put(t *testing.T, name, content string) blob.Info {
	t.Helper()
	info, err := f.store.Put(f.ctx, name, strings.NewReader(content))
	if err != nil {
		t.Fatalf("Put %s: %v", name, err)
	}
	return info
}

func (f *fixture) expect(t *testing.T, name, want string) {
	t.Helper()
	got, err := f.store.ReadAll(f.ctx, name, blob.MaxBytes)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %.60q (%d bytes), %v, want %.60q (%d bytes)", name, got, len(got), err, want, len(want))
	}
}

func (f *fixture) names(t *testing.T, prefix string) string {
	t.Helper()
	var names []string
	for info, err := range f.store.All(f.ctx, prefix) {
		if err != nil {
			t.Fatalf("All %q: %v", prefix, err)
		}
		names = append(names, info.Name)
	}
	return fmt.Sprint(names)
}

// everyCall makes one call of each method on a name and returns its error.
func everyCall(ctx context.Context, s *blob.Store, name string) map[string]error {
	read := func(r io.ReadCloser, err error) error {
		if err == nil {
			r.Close()
		}
		return err
	}
	_, put := s.Put(ctx, name, strings.NewReader("x"))
	_, create := s.Create(ctx, name, strings.NewReader("x"))
	r, _, get := s.Get(ctx, name)
	part, ranged := s.GetRange(ctx, name, 0, 1)
	_, all := s.ReadAll(ctx, name, 10)
	return map[string]error{
		"Put": put, "Create": create, "Get": read(r, get), "GetRange": read(part, ranged),
		"ReadAll": all, "Delete": s.Delete(ctx, name),
	}
}

// pattern is n bytes, no two stretches of them alike.
func pattern(n int) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()[:n]
}
