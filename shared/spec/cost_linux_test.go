package spec

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// A document's cost is measured in a process of its own, so that one's garbage is
// not the other's: the test binary runs itself with these set.
const (
	costFile = "APIQ_COST_FILE" // the document, gzip or not
	costHow  = "APIQ_COST_HOW"  // import, json or yaml: what is done with it
)

// cost is what a child reports.
type cost struct {
	UserMs     float64 `json:"userMs"`
	PeakMB     float64 `json:"peakMB"`
	Operations int     `json:"operations"`
	Code       string  `json:"code,omitempty"` // why the document is refused
}

func TestMain(m *testing.M) {
	if os.Getenv(costFile) != "" {
		if err := costChild(os.Getenv(costFile), os.Getenv(costHow)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func userTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}

func costChild(file, how string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c cost
	switch how {
	case "import", "exercise":
		// From the packed file to what is stored: a document and its index.
		start := userTime()
		line, d := costImport(raw)
		c.UserMs = float64((userTime() - start).Microseconds()) / 1000
		c.Operations, c.Code = line.Operations, line.code()
		if how == "exercise" && d != nil {
			exercise(failer{}, d)
			c.UserMs = float64((userTime() - start).Microseconds()) / 1000
		}
	default:
		// The floor is given the text ready; only the decoding counts.
		if raw, err = unpacked(raw); err != nil {
			return err
		}
		debug.FreeOSMemory()
		start := userTime()
		if how == "yaml" {
			var n yaml.Node
			err = yaml.Unmarshal(raw, &n)
		} else {
			var v any
			err = json.Unmarshal(raw, &v)
		}
		c.UserMs = float64((userTime() - start).Microseconds()) / 1000
		if err != nil {
			return err
		}
	}
	c.PeakMB = peakMemory()
	return json.NewEncoder(os.Stdout).Encode(c)
}

type refusal struct {
	Operations int
	err        error
}

func (r refusal) code() string {
	if r.err == nil {
		return ""
	}
	return asWarnings(r.err)[0].Code
}

func costImport(raw []byte) (refusal, *Document) {
	d, err := inspect(context.Background(), raw, nil)
	if err != nil {
		return refusal{err: err}, nil
	}
	if _, err := d.Index(); err != nil {
		return refusal{err: err}, nil
	}
	return refusal{Operations: d.Len()}, d
}

// failer fails a child by ending it.
type failer struct{ testing.TB }

func (failer) Helper()                      {}
func (failer) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (failer) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

func unpacked(raw []byte) ([]byte, error) {
	if len(raw) < 2 || raw[0] != 0x1f || raw[1] != 0x8b {
		return raw, nil
	}
	z, err := gzip.NewReader(strings.NewReader(string(raw)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// measureChild runs one child to its end, or to a minute's.
func measureChild(t testing.TB, file, how string) cost {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "-test.run=^$")
	cmd.Env = append(os.Environ(), costFile+"="+file, costHow+"="+how)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%s %s: %v: %.2000s", how, filepath.Base(file), err, exit.Stderr)
	}
	var c cost
	if err != nil || json.Unmarshal(out, &c) != nil {
		t.Fatalf("%s %s: %v: %.300s", how, filepath.Base(file), err, out)
	}
	return c
}

// TestCosts prints what importing large documents costs, as a ratio to decoding
// them with what everybody has, and fails above the goals. `make bench/specs` runs
// it; its figures want a machine that does nothing else.
func TestCosts(t *testing.T) {
	if os.Getenv("APIQ_BENCH_SPECS") == "" {
		t.Skip("APIQ_BENCH_SPECS is not set: make bench/specs measures the cost of large documents")
	}
	generated := filepath.Join(t.TempDir(), "generated.yaml")
	if err := os.WriteFile(generated, generateYAML(16_500, 34<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, file, floor string
		ops               int
		ratio, peak       float64 // 0: no goal
	}{
		{"GitHub, JSON 13.0 MB", "github.json.gz", "json", 1223, 1.2, 45},
		{"Stripe, YAML 4.5 MB", "stripe.yaml.gz", "yaml", 494, 1.6, 45},
		{"Datadog, YAML 8.9 MB", "datadog.yaml.gz", "yaml", 1661, 0, 0},
		{"Kubernetes, JSON, Swagger 2", "kubernetes.json.gz", "json", 0, 0, 0},
		{"generated, YAML 34 MB", generated, "yaml", 16_500, 1.8, 250},
	}
	fmt.Printf("%-30s %10s %10s %7s %6s %9s %9s %6s\n", "document", "floor ms", "import ms", "ratio", "goal", "floor MB", "peak MB", "goal")
	for _, c := range cases {
		file := c.file
		if !filepath.IsAbs(file) {
			if os.Getenv("DATA") == "" {
				fmt.Printf("%-30s left out: DATA is not set\n", c.name)
				continue
			}
			file = filepath.Join(dataDir(t), file)
		}
		var floors, ours []cost
		for range 5 {
			floors = append(floors, measureChild(t, file, c.floor))
			ours = append(ours, measureChild(t, file, "import"))
		}
		floor, our := median(floors), median(ours)
		ratio := our.UserMs / floor.UserMs
		fmt.Printf("%-30s %10.0f %10.0f %6.2fx %6s %9.0f %9.1f %6s\n", c.name, floor.UserMs, our.UserMs, ratio, goal(c.ratio, "x"), floor.PeakMB, our.PeakMB, goal(c.peak, ""))
		if c.ops > 0 && our.Operations != c.ops {
			t.Errorf("%s: %d operations (%s), want %d", c.name, our.Operations, our.Code, c.ops)
		}
		if c.ratio > 0 && (ratio > c.ratio || our.PeakMB > c.peak) {
			t.Errorf("%s: %.2fx and %.1f MB, want at most %.1fx and %.0f MB", c.name, ratio, our.PeakMB, c.ratio, c.peak)
		}
	}
}

func goal(v float64, unit string) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprint(v, unit)
}

// median is of the time; the memory is the highest seen.
func median(list []cost) cost {
	slices.SortFunc(list, func(a, b cost) int { return int(a.UserMs*1000 - b.UserMs*1000) })
	m := list[len(list)/2]
	for _, c := range list {
		m.PeakMB = max(m.PeakMB, c.PeakMB)
	}
	return m
}

// TestHostileCost: each document that is made to break parsers ends within two
// seconds of CPU and 300 MB, with all that the product does with it.
func TestHostileCost(t *testing.T) {
	dir := filepath.Join(dataDir(t), "hostile")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		c := measureChild(t, filepath.Join(dir, e.Name()), "exercise")
		t.Logf("%-30s %6.0f ms %6.1f MB, %d operations %s", e.Name(), c.UserMs, c.PeakMB, c.Operations, c.Code)
		if c.UserMs > 2000 || c.PeakMB > 300 {
			t.Errorf("%s: %.0f ms and %.1f MB, want at most 2000 and 300", e.Name(), c.UserMs, c.PeakMB)
		}
	}
}
