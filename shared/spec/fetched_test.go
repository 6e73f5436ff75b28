package spec

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// reader serves a document's blocks and remembers which were asked for.
type reader struct {
	mu    sync.Mutex
	text  []byte
	size  int
	bytes int
	calls int
	fail  error // of all reads after so many
	after int
}

func (r *reader) blocks() Blocks {
	return Blocks{Size: r.size, Read: func(first, last int, dst []byte) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls++
		if r.fail != nil && r.calls > r.after {
			return r.fail
		}
		r.bytes += copy(dst, r.text[first*r.size:min((last+1)*r.size, len(r.text))])
		return nil
	}}
}

func opened(t *testing.T, text string, size int) (*Document, *Document, *reader) {
	t.Helper()
	d, err := Parse(context.Background(), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	index, err := d.Index()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{text: d.JSON(), size: size}
	lazy, err := Open(index, Blocks{}, r.blocks())
	if err != nil {
		t.Fatal(err)
	}
	return d, lazy, r
}

// TestOpenedDocumentIsTheSame: read block by block a document says what it says
// when it has just been parsed.
func TestOpenedDocumentIsTheSame(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"orders": orders, "petsV2": petsV2, "shapes": shapes, "shop": shop, "many": string(synthetic(600))} {
		for _, size := range []int{1, 7, 100, 1 << 20} {
			if name == "many" && size < 100 {
				continue
			}
			d, lazy, _ := opened(t, text, size)
			if !reflect.DeepEqual(d.Summaries(), lazy.Summaries()) || !reflect.DeepEqual(d.Info(), lazy.Info()) || !reflect.DeepEqual(d.Warnings(), lazy.Warnings()) {
				t.Errorf("%s by %d: summaries, info or warnings differ", name, size)
			}
			for _, s := range d.Summaries() {
				for _, id := range []string{s.ID, s.Method + " " + s.Path} {
					a, errA := d.Operation(id)
					b, errB := lazy.Operation(id)
					x, _ := json.Marshal(a)
					y, _ := json.Marshal(b)
					if errA != nil || errB != nil || string(x) != string(y) {
						t.Errorf("%s by %d: %s: %v, %v\n%s\n%s", name, size, id, errA, errB, x, y)
					}
				}
			}
			if _, err := lazy.Operation("nobody"); apierr.CodeOf(err) != apierr.NotFound {
				t.Errorf("%s: %v", name, err)
			}
			if string(lazy.JSON()) != string(d.JSON()) {
				t.Errorf("%s by %d: the text differs", name, size)
			}
			exercise(t, lazy)
		}
	}
}

// TestOneOperationReadsLittle: the bytes of one operation are read, not those of all.
func TestOneOperationReadsLittle(t *testing.T) {
	t.Parallel()
	_, lazy, r := opened(t, string(synthetic(5000)), 4096)
	if _, err := lazy.Operation(lazy.Summaries()[2500].ID); err != nil {
		t.Fatal(err)
	}
	if r.bytes > 4*4096 || r.calls > 3 {
		t.Errorf("read %d bytes of %d in %d calls", r.bytes, len(r.text), r.calls)
	}
}

// TestUnreadableDocument: what cannot be read is an error where there is one to
// give, unknown elsewhere, and is tried again.
func TestUnreadableDocument(t *testing.T) {
	t.Parallel()
	_, lazy, r := opened(t, orders, 64)
	r.fail = errors.New("down")
	id := lazy.Summaries()[0].ID
	if _, err := lazy.Operation(id); apierr.CodeOf(err) != apierr.Unavailable || !errors.Is(err, r.fail) {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	if _, err := lazy.Resolve("#/info"); apierr.CodeOf(err) != apierr.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	if lazy.JSON() != nil {
		t.Error("gives a text that was never read")
	}
	r.fail = nil
	if _, err := lazy.Operation(id); err != nil {
		t.Error(err)
	}
}

// TestOperationWithUnreadParts: an operation whose parameter, body or answer cannot be
// read now is an error, not an operation without it.
func TestOperationWithUnreadParts(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat("x", 500)
	d, lazy, r := opened(t, `{"openapi":"3.0.3","info":{"title":"t"},"paths":{"/a":{"get":{"operationId":"a","parameters":[{"$ref":"#/components/parameters/P"}],
"responses":{"200":{"$ref":"#/components/responses/R"}}}}},"x-pad":"`+pad+`","components":{"parameters":{"P":{"name":"p","in":"query","description":"`+pad+`"}},
"responses":{"R":{"description":"`+pad+`"}}}}`, 64)
	want, err := d.Operation("a")
	if err != nil {
		t.Fatal(err)
	}
	down := errors.New("down")
	for after := 0; ; after++ {
		r.mu.Lock()
		r.calls, r.fail, r.after = 0, down, after
		r.mu.Unlock()
		got, err := lazy.Operation("a")
		if err == nil {
			if after < 3 || !reflect.DeepEqual(got, want) {
				t.Errorf("after %d reads: %+v", after, got)
			}
			return
		}
		if apierr.CodeOf(err) != apierr.Unavailable || !errors.Is(err, down) {
			t.Fatalf("after %d reads: %v", after, err)
		}
		// What was read stays read: begin anew.
		_, lazy, r = opened(t, string(d.JSON()), 64)
	}
}

// TestOpenedDocumentServesMany: readers at once wait for one another's blocks.
func TestOpenedDocumentServesMany(t *testing.T) {
	t.Parallel()
	_, lazy, _ := opened(t, string(synthetic(600)), 1000)
	var wg sync.WaitGroup
	for i, s := range lazy.Summaries() {
		if i%10 != 0 {
			continue
		}
		wg.Go(func() {
			op, err := lazy.Operation(s.ID)
			if err != nil || len(op.Parameters) == 0 {
				t.Errorf("%s: %v", s.ID, err)
			}
		})
	}
	wg.Wait()
}
