package blob_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/tenant"
)

// stub is a driver that hands out another tenant's objects and lies about sizes;
// what a right one does is tested by blobtest against real drivers.
type stub struct {
	blob.Driver
	info   blob.Info
	closed *bool
}

func (s stub) Get(context.Context, string) (io.ReadCloser, blob.Info, error) {
	return body{strings.NewReader("123456789"), s.closed}, s.info, nil
}
func (s stub) List(context.Context, string, string, int) ([]blob.Info, error) {
	return []blob.Info{s.info}, nil
}

type body struct {
	io.Reader
	closed *bool
}

func (b body) Close() error { *b.closed = true; return nil }

func TestForeignObjects(t *testing.T) {
	t.Parallel()
	ctx := tenant.With(t.Context(), "wsp_1")
	for _, name := range []string{"wsp_2/a", "wsp_12/a", "a", "wsp_1"} {
		var closed bool
		s := blob.New(stub{info: blob.Info{Name: name}, closed: &closed})
		if _, _, err := s.Get(ctx, "a"); err == nil || !closed {
			t.Errorf("Get handed out %s (closed: %v)", name, closed)
		}
		if infos, err := s.List(ctx, "", "", 10); err == nil || len(infos) > 0 {
			t.Errorf("List handed out %s", name)
		}
	}
}

// TestReadAllDoesNotTrustSize reads no more than its limit, whatever size the
// driver names.
func TestReadAllDoesNotTrustSize(t *testing.T) {
	t.Parallel()
	var closed bool
	s := blob.New(stub{info: blob.Info{Name: "wsp_1/a", Size: 1}, closed: &closed})
	if b, err := s.ReadAll(tenant.With(t.Context(), "wsp_1"), "a", 8); err == nil {
		t.Errorf("read %d bytes, at most 8 were allowed", len(b))
	}
	if !closed {
		t.Error("the object stays open")
	}
}
