package lint

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/report"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestMain lets the test binary be the child, and children that misbehave.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 {
		os.Exit(m.Run())
	}
	limit, err := strconv.ParseInt(os.Args[2], 10, 64)
	switch os.Args[1] {
	case "lint-child":
		if err == nil {
			err = ServeChild(context.Background(), os.Stdin, os.Stdout, limit)
		}
		if err != nil {
			os.Exit(1)
		}
	case "hang":
		time.Sleep(time.Hour) // select would be found to be a deadlock
	case "overflow":
		debug.SetMaxStack(16 << 20)
		os.Exit(overflow(0))
	case "eat":
		_ = confine(limit)
		var held [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			held = append(held, b)
			_ = held
		}
	case "silent":
	default:
		os.Exit(m.Run())
	}
	os.Exit(0)
}

func overflow(n int) int {
	if n < 0 {
		return 0
	}
	return overflow(n+1) + 1
}

func child(t *testing.T, role string, o *ChildOptions) *Child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return NewChild([]string{self, role}, o)
}

func TestChild(t *testing.T) {
	t.Parallel()
	const doc = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}}}}}`
	list, err := child(t, "lint-child", nil).Validate(context.Background(), []byte(doc))
	if err != nil || !slices.ContainsFunc(list, func(w spec.Warning) bool { return w.Code == report.CodeValidator }) {
		t.Errorf("%+v, %v", list, err)
	}
	const cycle = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{}}}},"components":{"schemas":{"S":{"$ref":"#/components/schemas/S"}}}}`
	if list, err := child(t, "lint-child", nil).Validate(context.Background(), []byte(cycle)); !unavailable(err) || !strings.Contains(err.Error(), "lead back to themselves") {
		t.Errorf("%+v, %v", list, err)
	}
	for role, want := range map[string]string{"overflow": "failed on this document", "silent": "ended without a result", "hang": "longer than 1s", "eat": "more than 512 MiB"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			_, err := child(t, role, &ChildOptions{Timeout: map[string]time.Duration{"hang": time.Second}[role], MaxMemory: 512 << 20}).Validate(context.Background(), []byte(doc))
			if !unavailable(err) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := child(t, "hang", nil).Validate(ctx, nil); !errors.Is(err, context.Canceled) || unavailable(err) {
		t.Errorf("ended from outside: %v", err)
	}
	if _, err := NewChild([]string{"/no/such/program"}, nil).Validate(context.Background(), nil); err == nil || unavailable(err) {
		t.Errorf("no program: %v", err)
	}
}

func unavailable(err error) bool {
	_, ok := errors.AsType[*report.UnavailableError](err)
	return ok
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{\"a\"\n:\t1}":                                       `{"a":1}`,
		`{"a":"x\/y\n\"é\u00e9"}`:                             `{"a":"x/y\n\"é\u00e9"}`,
		"{\"a\":\"\x7f\u0085\u2028\ufeff\"}":                  `{"a":"    "}`,
		strings.Repeat("[", 2000) + strings.Repeat("]", 2000): "",
		"{": "",
	} {
		got, ok := prepare([]byte(in))
		if string(got) != want || ok != (want != "") || ok && !json.Valid(got) {
			t.Errorf("%.40q: %q, %v", in, got, ok)
		}
	}
}

// TestChildCorpus: every real and hostile document ends in a report or a reason.
func TestChildCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/ to run this on real documents")
	}
	files, _ := filepath.Glob(filepath.Join(data, "specs", "*.gz"))
	hostile, _ := filepath.Glob(filepath.Join(data, "specs", "hostile", "*"))
	c, reported := child(t, "lint-child", nil), 0
	for _, file := range append(files, hostile...) {
		d, err := spec.Parse(context.Background(), spectest.Read(t, file), nil)
		if err != nil {
			continue
		}
		start := time.Now()
		list, err := c.Validate(context.Background(), d.JSON())
		if err != nil && !unavailable(err) {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		if err == nil {
			reported++
		}
		t.Logf("%s: %d findings, %v, %s", filepath.Base(file), len(list), err, time.Since(start).Round(time.Millisecond))
	}
	t.Logf("%d of %d documents have a report", reported, len(files)+len(hostile))
}
