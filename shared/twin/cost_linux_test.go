package twin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/hostile"
)

// costFile makes the test binary a child that measures one document, so that one's
// garbage is not the other's.
const costFile = "APIQ_TWIN_COST_FILE"

// cost is what a child reports: milliseconds of CPU, each with all before it, and
// the most memory.
type cost struct {
	Import, Sample, Answer float64
	PeakMB                 float64
	Statuses               []int
	Refused                string
}

func TestMain(m *testing.M) {
	if file := os.Getenv(costFile); file != "" {
		if err := costChild(context.Background(), file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// costChild does with a document what connecting it and trying its first calls does.
func costChild(ctx context.Context, file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c cost
	doc, err := spec.Parse(ctx, raw, nil)
	c.Import = cpuMs()
	if err != nil {
		c.Refused = err.Error()
		return report(c)
	}
	first := doc.Summaries()
	first = first[:min(len(first), 5)]
	bodies := map[string][]byte{}
	for _, s := range first {
		op, err := doc.Operation(s.ID)
		if err != nil {
			return err
		}
		for _, p := range op.Parameters[:min(len(op.Parameters), 5)] {
			doc.SampleAs(spec.Sent, p.Schema, 1)
		}
		if _, schema, ok := op.BodySchema(); ok {
			v, _ := doc.SampleAs(spec.Sent, schema, 1)
			if bodies[s.ID], err = json.Marshal(v); err != nil {
				return err
			}
		}
	}
	c.Sample = cpuMs()
	tw, err := New(doc, &Options{MaxBody: 16 << 20})
	if err != nil {
		return err
	}
	for _, s := range first {
		r := httptest.NewRequestWithContext(ctx, s.Method, "http://twin.test"+s.Path, bytes.NewReader(bodies[s.ID]))
		if bodies[s.ID] != nil {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		tw.ServeHTTP(w, r)
		c.Statuses = append(c.Statuses, w.Code)
		if strings.Contains(w.Body.String(), "could not follow") {
			return errors.New(w.Body.String())
		}
	}
	c.Answer = cpuMs()
	return report(c)
}

func report(c cost) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kb, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return err
	}
	c.PeakMB = float64(kb) / 1024
	return json.NewEncoder(os.Stdout).Encode(c)
}

// cpuMs is the process's time at work so far, in user mode: its start is nearly nothing.
func cpuMs() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(time.Duration(u.Utime.Nano()).Microseconds()) / 1000
}

func measure(t *testing.T, file string) cost {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "-test.run=^$")
	cmd.Env = append(os.Environ(), costFile+"="+file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var c cost
	if err != nil || json.Unmarshal(out, &c) != nil {
		t.Errorf("%s: %v: %.500s %.300s", filepath.Base(file), err, stderr.String(), out)
	}
	return c
}

// TestHostileTwinCost: importing a document that is made to break readers, the first
// samples of its requests and the twin's first answers end within two seconds of
// CPU and 300 MB in all. `make bench/specs` runs it; a busy machine is no judge.
func TestHostileTwinCost(t *testing.T) {
	if os.Getenv("APIQ_BENCH_SPECS") == "" {
		t.Skip("APIQ_BENCH_SPECS is not set: make bench/specs measures the cost of hostile documents")
	}
	dir := t.TempDir()
	var files []string
	for _, d := range hostile.Documents() {
		file := filepath.Join(dir, d.Name)
		if err := os.WriteFile(file, []byte(d.JSON), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if data := os.Getenv("DATA"); data != "" {
		more, err := filepath.Glob(filepath.Join(data, "specs", "hostile", "*"))
		if err != nil || len(more) == 0 {
			t.Fatalf("no hostile documents under %s: %v", data, err)
		}
		files = append(files, more...)
	} else {
		fmt.Println("hostile documents of the corpus left out: DATA is not set")
	}
	fmt.Printf("%-32s %9s %9s %9s %9s\n", "hostile document", "import ms", "sample ms", "answer ms", "peak MB")
	for _, file := range files {
		c := measure(t, file)
		fmt.Printf("%-32s %9.0f %9.0f %9.0f %9.1f  %v%.60s\n", filepath.Base(file), c.Import, c.Sample, c.Answer, c.PeakMB, c.Statuses, c.Refused)
		if max(c.Import, c.Sample, c.Answer) > 2000 || c.PeakMB > 300 {
			t.Errorf("%s: want at most 2000 ms and 300 MB", filepath.Base(file))
		}
	}
}
