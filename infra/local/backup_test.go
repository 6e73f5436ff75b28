package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
)

// apiq runs the command line in this process.
func apiq(t testing.TB, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, streams{out: &stdout, err: &stderr})
	return status, stdout.String(), stderr.String()
}

// TestRestoreDrill: a backup of a process under load, the process killed, the
// backup restored elsewhere: runs go on, what was done is not done again, what is
// not known is asked.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data, restored, file := filepath.Join(folder, "data"), filepath.Join(folder, "restored"), filepath.Join(folder, "b.tar")
	c := startChild(t, data, nil)
	p := hometest.Register(t, c, "ada")
	const secret = "canary/BACKUP+S3cr3t=="
	shop, gate := hometest.NewShop(t), hometest.NewGate()
	con := p.Connect("Shop", shop.URL, "authType", "BEARER", "authConfig", hometest.Obj{"token": secret})

	finished := p.Run(hometest.Obj{"name": "planted in a backup", "steps": []any{hometest.OrderStep("buy", con, "finished")}}, nil)
	p.Wait(finished)
	var waiting []string
	for i := range 5 {
		waiting = append(waiting, p.Run(hometest.Obj{"steps": []any{hometest.OrderStep("before", con, fmt.Sprintf("before-%d", i)),
			hometest.Obj{"id": "ask", "type": "approval", "message": "?"}, hometest.OrderStep("after", con, fmt.Sprintf("after-%d", i))}}, nil))
		p.Wait(waiting[i], "WAITING")
	}
	var clock struct{ ID string }
	scheduled := active(p, hometest.Obj{"steps": []any{hometest.ValueStep("v", 1)}})
	p.Must(201, "POST", "/api/workflows/"+scheduled+"/triggers", hometest.Obj{"type": "schedule", "cron": "0 3 * * *", "timezone": "Europe/Zurich"}).Into(t, &clock)
	shop.Script("GET /items/c", gate.Then(shop.Serve))
	held := p.Run(hometest.Obj{"steps": []any{hometest.OrderStep("first", con, "held-first"),
		hometest.CallStep("get", con, "getItem", "parameters", hometest.Obj{"id": "c"}), hometest.OrderStep("last", con, "held-last")}}, nil)
	hometest.Await(t, gate.Reached, "a request that is held")
	shop.Script("POST /orders", gate.Then(shop.Serve))
	torn := p.Run(hometest.Obj{"steps": []any{hometest.OrderStep("buy", con, "torn")}}, nil)
	hometest.Await(t, gate.Reached, "an order that is held")
	triggers := p.Must(200, "GET", "/api/workflows/"+scheduled+"/triggers", nil).Raw

	loaded, stop := load(t, p, con)
	if status, out, errs := apiq(t, "backup", file, "--data", data); status != 0 || !strings.Contains(out, "The master key is not in it") {
		t.Fatalf("backup: %d %s%s", status, out, errs)
	}
	stop()
	c.Kill()

	if status, out, errs := apiq(t, "backup", "verify", file); status != 0 || !strings.Contains(out, "is whole") {
		t.Fatalf("verify: %d %s%s", status, out, errs)
	}
	key, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if where := found(t, file, secret, string(key)); where != "" {
		t.Errorf("the backup holds %s", where)
	}
	if found(t, file, "planted in a backup") == "" {
		t.Error("the search did not find what was planted")
	}
	if status, out, errs := apiq(t, "restore", file, "--data", restored, "--key", filepath.Join(data, "master.key")); status != 0 {
		t.Fatalf("restore: %d %s%s", status, out, errs)
	}

	p = p.At(startChild(t, restored, nil))
	if got := p.Must(200, "GET", "/api/workflows/"+scheduled+"/triggers", nil).Raw; string(got) != string(triggers) {
		t.Errorf("triggers %s, were %s", got, triggers)
	}
	if e := p.Wait(held); e.Status != "COMPLETED" || shop.Seen("GET /items/c") != 2 || shop.Seen("POST /orders held-last") != 1 {
		t.Errorf("the run in flight: %s %+v", e.Status, e.Error)
	}
	if e := p.Wait(torn, "WAITING"); e.Status != "WAITING" || e.Step(t, "buy") != "UNKNOWN" {
		t.Errorf("the order in flight: %s %+v", e.Status, e.Steps)
	}
	p.Must(200, "POST", hometest.DecisionPath(torn, "buy"), hometest.Obj{"decision": "done", "output": hometest.Obj{"id": "o-torn"}})
	for i, id := range waiting {
		p.Must(200, "POST", hometest.DecisionPath(id, "ask"), hometest.Obj{"decision": "approve"})
		if e := p.Wait(id); e.Status != "COMPLETED" || shop.Seen(fmt.Sprintf("POST /orders after-%d", i)) != 1 {
			t.Errorf("a run that waited: %s %+v", e.Status, e.Error)
		}
	}
	there := 0
	for _, id := range loaded() {
		if a := p.Send("GET", "/api/executions/"+id, nil); a.Status == 404 {
			continue // begun after the moment of the backup
		}
		there++
		if e := p.Wait(id); e.Status != "COMPLETED" {
			t.Errorf("a run of the load: %s %+v", e.Status, e.Error)
		}
	}
	if there == 0 {
		t.Error("no run of the load is in the backup: it was made without any")
	}
	if e := p.Wait(torn); e.Status != "COMPLETED" {
		t.Errorf("the order in flight ended %s", e.Status)
	}
	for _, item := range []string{"finished", "held-first", "torn", "before-0", "before-1", "before-2", "before-3", "before-4"} {
		if n := shop.Seen("POST /orders " + item); n != 1 {
			t.Errorf("%s was ordered %d times", item, n)
		}
	}
	p.Verified()
}

// load starts runs, one after the other by several people, until stop is called;
// one has ended when it returns. ids are those that were started.
func load(t *testing.T, p hometest.Person, con string) (ids func() []string, stop func()) {
	t.Helper()
	flow := p.Save(hometest.Obj{"steps": []any{hometest.Obj{"id": "each", "type": "loop", "over": "{% [1..5] %}", "as": "n", "do": []any{
		hometest.CallStep("get", con, "getItem", "parameters", hometest.Obj{"id": "a"})}}}})
	all := []string{p.Start(flow, nil)}
	p.Wait(all[0])
	var mu sync.Mutex
	var wg sync.WaitGroup
	end := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				a := p.Send("POST", "/api/workflows/"+flow+"/execute", hometest.Obj{})
				if a.Status != 202 {
					continue // too many at once
				}
				var run struct{ ExecutionID string }
				a.Into(t, &run)
				mu.Lock()
				all = append(all, run.ExecutionID)
				mu.Unlock()
			}
		})
	}
	return func() []string { return all }, sync.OnceFunc(func() { close(end); wg.Wait() })
}

// found says which of the texts stands in a file, in any of their forms.
func found(t *testing.T, file string, texts ...string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)), hex.EncodeToString([]byte(text))} {
			if bytes.Contains(raw, []byte(form)) {
				return form
			}
		}
	}
	return ""
}

// TestBackupCommands: what the commands say, and how they end.
func TestBackupCommands(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	s := startBare(t, in("data"), nil)
	p := hometest.Register(t, s, "ada")
	run := p.Run(hometest.Obj{"steps": []any{hometest.ValueStep("v", 1)}}, nil)
	p.Wait(run)
	key, err := os.ReadFile(in("data/master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("other.key"), bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"backup --help", []string{"backup", "--help"}, 0, "master.key"},
		{"restore --help", []string{"restore", "--help"}, 0, "or not at all"},
		{"verify --help", []string{"backup", "verify", "--help"}, 0, "The backup."},
		{"no file", []string{"backup"}, 2, "<file>"},
		{"a flag that there is not", []string{"backup", in("a.tar"), "--fast"}, 2, "--fast"},
		{"restore: a flag that there is not", []string{"restore", in("a.tar"), "--fast"}, 2, "--fast"},
		{"verify: no file", []string{"backup", "verify"}, 2, "<file>"},
		{"no data folder", []string{"backup", in("a.tar"), "--data", in("nothing")}, 1, "APIQ_DATA"},
		{"while the server runs", []string{"backup", in("a.tar"), "--data", in("data")}, 0, "The master key is not in it"},
		{"over another", []string{"backup", in("a.tar"), "--data", in("data")}, 1, "choose another name"},
		{"with the key", []string{"backup", "--with-key", in("key.tar"), "--data", in("data")}, 0, "whoever has this file has every credential"},
		{"verify", []string{"backup", "verify", in("a.tar")}, 0, "a.tar is whole"},
		{"verify nothing", []string{"backup", "verify", in("nothing")}, 1, "no such file"},
		{"verify what is none", []string{"backup", "verify", in("other.key")}, 1, "not a backup"},
		{"restore what is none", []string{"restore", in("other.key"), "--data", in("x")}, 1, "not a backup"},
		{"restore over the running", []string{"restore", in("a.tar"), "--data", in("data")}, 1, "empty or a new folder"},
		{"restore with another key", []string{"restore", in("a.tar"), "--data", in("x"), "--key", in("other.key")}, 1, "find the master.key"},
		{"restore without the key", []string{"restore", in("a.tar"), "--data", in("keyless")}, 0, "needs the master key"},
		{"restore with the key in it", []string{"restore", in("key.tar"), "--data", in("whole")}, 0, "whole is restored"},
	}
	for _, c := range steps {
		status, out, errs := apiq(t, c.args...)
		if status != c.status || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: %d, want %d and %q:\n%s%s", c.name, status, c.status, c.says, out, errs)
		}
	}
	if found(t, in("a.tar"), string(key)) != "" || found(t, in("key.tar"), string(key)) == "" {
		t.Error("the key is in the backup without it, or not in the other")
	}
	for _, name := range []string{"x", "nothing"} {
		if _, err := os.Stat(in(name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	s.stop()
	p = p.At(startBare(t, in("whole"), nil))
	if e := p.Execution(run); e.Status != "COMPLETED" {
		t.Errorf("restored run: %s", e.Status)
	}
}

// TestBackupOfKilled: what a killed process had acknowledged and not yet written
// back into the table's file is in the backup.
func TestBackupOfKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data, restored, file := filepath.Join(folder, "data"), filepath.Join(folder, "restored"), filepath.Join(folder, "b.tar")
	c := startChild(t, data, nil)
	p := hometest.Register(t, c, "ada")
	run := p.Run(hometest.Obj{"steps": []any{hometest.ValueStep("v", 1), hometest.Obj{"id": "ask", "type": "approval", "message": "?"}}}, nil)
	p.Wait(run, "WAITING")
	c.Kill()
	for _, args := range [][]string{{"backup", file, "--with-key", "--data", data}, {"restore", file, "--data", restored}} {
		if status, out, errs := apiq(t, args...); status != 0 {
			t.Fatalf("%s: %d %s%s", args[0], status, out, errs)
		}
	}
	p = p.At(startChild(t, restored, nil))
	p.Must(200, "POST", hometest.DecisionPath(run, "ask"), hometest.Obj{"decision": "approve"})
	if e := p.Wait(run); e.Status != "COMPLETED" {
		t.Errorf("%s %+v", e.Status, e.Error)
	}
	// Whose backup it was goes on too: nothing was changed there.
	c.start(t)
	p = p.At(c)
	if e := p.Execution(run); e.Status != "WAITING" {
		t.Errorf("the first is %s", e.Status)
	}
	p.Verified()
}
