package call

import (
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apiq/apiq/shared/expr"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	one := idempotencyKey("exe_1", "each[3]/charge", 1)
	if one != idempotencyKey("exe_1", "each[3]/charge", 1) || len(one) != 36 {
		t.Error(one)
	}
	for _, other := range []string{idempotencyKey("exe_2", "each[3]/charge", 1), idempotencyKey("exe_1", "each[4]/charge", 1), idempotencyKey("exe_1", "each[3]/charge", 2),
		idempotencyKey("exe_1each[3]", "/charge", 1)} {
		if other == one {
			t.Error("two steps share a key")
		}
	}
}

func FuzzDecodeBody(f *testing.F) {
	f.Add("application/json", "", []byte(`{"a":1}`))
	f.Add("text/plain; charset=utf-16", "gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"))
	f.Add("image/png", "br, deflate", []byte{0x8b, 0x02, 0x80})
	f.Add("application/json", "identity, gzip", []byte("\xff\xfe{\x00"))
	f.Fuzz(func(t *testing.T, contentType, coding string, body []byte) {
		rec := httptest.NewRecorder()
		_, _ = rec.Write(body)
		resp := rec.Result()
		resp.Header["Content-Encoding"] = []string{coding}
		const limit = 1 << 16
		got, err := readBody(resp, limit, nil)
		_ = resp.Body.Close()
		if len(got) > limit {
			t.Fatalf("%d bytes", len(got))
		}
		if err != nil {
			return
		}
		if c := decode(contentType, got); !json.Valid(c.value) {
			t.Fatalf("%q is not JSON", c.value)
		}
	})
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://a/?p=2>; rel="next"`, `{"next":"/x"}`)
	f.Add(`<<>;rel=,<x>;rel="prev next"`, `{"links":{"next":{"href":1}}}`)
	f.Fuzz(func(t *testing.T, link, body string) {
		got, ok := linkNext([]string{link})
		if ok && !strings.Contains(link, "<"+got+">") {
			t.Fatalf("%q from %q", got, link)
		}
		v, err := expr.Decode(json.RawMessage(body))
		if err != nil {
			return
		}
		for _, read := range []func(any) (string, bool){bodyLink, bodyCursor} {
			if s, ok := read(v); ok && s == "" {
				t.Fatal("an empty place")
			}
		}
	})
}

// TestGate: it asks once, when what is free has been read.
func TestGate(t *testing.T) {
	t.Parallel()
	asked := 0
	g := &gate{Reader: iotest.OneByteReader(strings.NewReader("abcdef")), free: 3, enter: func() error { asked++; return nil }}
	if text, err := io.ReadAll(g); err != nil || string(text) != "abcdef" || asked != 1 {
		t.Errorf("%q %v, asked %d times", text, err, asked)
	}
	g = &gate{Reader: iotest.OneByteReader(strings.NewReader("abcdef")), free: 3, enter: func() error { return errIdle }}
	if text, err := io.ReadAll(g); !errors.Is(err, errIdle) || string(text) != "abc" {
		t.Errorf("%q %v", text, err)
	}
	g = &gate{Reader: strings.NewReader("abc"), free: 3, enter: func() error { return errIdle }}
	if _, err := io.ReadFull(g, make([]byte, 3)); err != nil {
		t.Error(err)
	}
}
