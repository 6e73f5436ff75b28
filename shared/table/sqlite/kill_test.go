package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	childEnv     = "APIQ_SQLITE_TEST_DIR"
	childWriters = 8
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := writeForever(dir, os.Getenv(childEnv+"_ROUND")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writeForever is the child: it writes from several goroutines and prints each
// write once it is acknowledged.
func writeForever(dir, round string) error {
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "table.db"), nil)
	if err != nil {
		return err
	}
	store := table.New(db, nil)
	ctx := tenant.With(context.Background(), "wsp_1")
	var mu sync.Mutex
	failed := make(chan error)
	for w := range childWriters {
		go func() {
			for i := 0; ; i++ {
				sk := fmt.Sprintf("%s-%d-%06d", round, w, i)
				err := store.Transact(ctx, []table.Op{
					table.Put(table.Item{Key: table.Key{PK: "left", SK: sk}, Data: []byte(`{"half":1}`)}, table.Absent()),
					table.Put(table.Item{Key: table.Key{PK: "right", SK: sk}, Data: []byte(`{"half":2}`)}, table.Absent()),
				})
				if err == nil {
					_, _, err = table.Modify(ctx, store, table.Key{PK: "count", SK: fmt.Sprint(w)}, func(n *int) error { *n++; return nil })
				}
				if errors.Is(err, table.ErrNotFound) {
					_, err = store.Put(ctx, table.Item{Key: table.Key{PK: "count", SK: fmt.Sprint(w)}, Data: []byte(`1`)}, table.Absent())
				}
				if err != nil {
					failed <- err
					return
				}
				mu.Lock()
				_, err = fmt.Println(w, sk)
				mu.Unlock()
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// TestKill kills a writing process with SIGKILL at a moment of its own, round
// after round on one file: no acknowledged write is lost, no transaction is half
// there, and the next process opens the file.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	var acknowledged []string
	perWriter := map[string]int{}
	for round := range rounds {
		lines := runAndKill(t, dir, fmt.Sprint(round), 150+round*67)
		for _, line := range lines {
			w, sk, ok := strings.Cut(line, " ")
			if !ok {
				t.Fatalf("the child printed %q", line)
			}
			acknowledged = append(acknowledged, sk)
			perWriter[w]++
		}
		check(t, dir, acknowledged, perWriter)
	}
	t.Logf("%d rounds, %d acknowledged writes", rounds, len(acknowledged))
}

// runAndKill returns the lines that the child had printed in full when it died.
func runAndKill(t *testing.T, dir, round string, after int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir, childEnv+"_ROUND="+round)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break // what has no end of line was not acknowledged
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
		if len(lines) == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() || len(lines) < after {
		t.Fatalf("the child was not killed: %v after %d lines: %s", err, len(lines), stderr.String())
	}
	return lines
}

func check(t *testing.T, dir string, acknowledged []string, perWriter map[string]int) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "table.db"), nil)
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	defer db.Close()
	store := table.New(db, nil)
	ctx := tenant.With(t.Context(), "wsp_1")
	halves := map[string]map[string]bool{}
	for _, pk := range []string{"left", "right"} {
		halves[pk] = map[string]bool{}
		for item, err := range store.All(ctx, table.Query{PK: pk, Limit: 1000}) {
			if err != nil {
				t.Fatal(err)
			}
			halves[pk][item.SK] = true
		}
	}
	for _, sk := range acknowledged {
		if !halves["left"][sk] || !halves["right"][sk] {
			t.Errorf("acknowledged write %s is lost", sk)
		}
	}
	for sk := range halves["left"] {
		if !halves["right"][sk] {
			t.Errorf("half of transaction %s is there", sk)
		}
	}
	if len(halves["left"]) != len(halves["right"]) {
		t.Errorf("%d left halves, %d right", len(halves["left"]), len(halves["right"]))
	}
	for w, want := range perWriter {
		n, version, err := table.GetJSON[int](ctx, store, table.Key{PK: "count", SK: w})
		if err != nil || n < want || int64(n) != version {
			t.Errorf("writer %s counted %d at version %d, %v; %d were acknowledged", w, n, version, err, want)
		}
	}
}
