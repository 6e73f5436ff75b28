package fleet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/fleet"
	"github.com/apiq/apiq/shared/lambda"
)

// child is the variable by which the test binary knows that it is a function.
const child = "FLEET_TEST_CHILD"

// TestMain lets the test binary be the bootstrap that it tests with.
func TestMain(m *testing.M) {
	switch os.Getenv(child) {
	case "":
		os.Exit(m.Run())
	case "broken":
		os.Exit(3)
	}
	lambda.Start(behave)
}

// behave does what its payload says.
func behave(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	var do string
	if err := json.Unmarshal(payload, &do); err != nil {
		return nil, err
	}
	switch do {
	case "exit":
		os.Exit(1)
	case "hang":
		<-ctx.Done() // its own time is over; the host's a little later
		select {}
	case "fault":
		return nil, &lambda.Fault{Name: "Http.404", Cause: "not there"}
	case "error":
		return nil, errors.New("plain")
	case "large":
		return json.Marshal(strings.Repeat("x", 7<<20))
	}
	return json.Marshal(os.Getpid())
}

func start(t *testing.T, limit time.Duration) *fleet.Fleet {
	t.Helper()
	f, err := fleet.New(fleet.Options{
		Binary: func(string) string { return os.Args[0] }, Timeout: func(string) time.Duration { return limit }, Processes: 2,
		Env: func(function string) map[string]string { return map[string]string{child: function} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// pid invokes a function that tells its process.
func pid(t *testing.T, f *fleet.Fleet) (n int) {
	t.Helper()
	out, err := f.Invoke(t.Context(), "fn", []byte(`"pid"`))
	if err != nil || json.Unmarshal(out, &n) != nil {
		t.Fatalf("%s %v", out, err)
	}
	return n
}

// TestFrozenBetween: a process that has answered is stopped, and goes on with the
// next invocation.
func TestFrozenBetween(t *testing.T) {
	t.Parallel()
	f := start(t, time.Minute)
	first := pid(t, f)
	stopped := func() bool {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", first))
		if err != nil {
			t.Fatal(err)
		}
		_, state, _ := strings.Cut(string(raw), ") ")
		return strings.HasPrefix(state, "T")
	}
	for end := time.Now().Add(10 * time.Second); !stopped(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it goes on after its answer")
		}
	}
	if again := pid(t, f); again != first {
		t.Errorf("process %d, then %d", first, again)
	}
	f.Recycle()
	if fresh := pid(t, f); fresh == first {
		t.Error("no cold start after Recycle")
	}
}

// TestFaults: each way to fail has Lambda's name, and ends the process or not.
func TestFaults(t *testing.T) {
	t.Parallel()
	f := start(t, 6*time.Second) // which "hang" waits for, and a busy machine may take a part of for six megabytes
	for _, c := range []struct {
		do, name string
		survives bool
	}{
		{"fault", "Http.404", true}, {"error", "errorString", true}, {"large", "Function.ResponseSizeTooLarge", true},
		{"exit", "Runtime.ExitError", false}, {"hang", "Sandbox.Timedout", false},
	} {
		before := pid(t, f)
		_, err := f.Invoke(t.Context(), "fn", []byte(`"`+c.do+`"`))
		var fault *fleet.Fault
		if !errors.As(err, &fault) || fault.Type != c.name {
			t.Errorf("%s: %v, want %s", c.do, err, c.name)
		}
		if after := pid(t, f); (after == before) != c.survives {
			t.Errorf("%s: process %d, then %d", c.do, before, after)
		}
	}
	_, err := f.Invoke(t.Context(), "broken", []byte(`"pid"`))
	var fault *fleet.Fault
	if !errors.As(err, &fault) || fault.Type != "Runtime.ExitError" {
		t.Errorf("a process that does not start: %v", err)
	}
}

// TestKillAll: a busy process that is killed fails its invocation, and the next one
// has another.
func TestKillAll(t *testing.T) {
	t.Parallel()
	f := start(t, time.Minute)
	first := pid(t, f)
	failed := make(chan error, 1)
	go func() {
		_, err := f.Invoke(t.Context(), "fn", []byte(`"hang"`))
		failed <- err
	}()
	var err error
	ticks := time.NewTicker(time.Millisecond) // whether it is busy by then, or just being started
	defer ticks.Stop()
	for waiting := true; waiting; {
		select {
		case <-ticks.C:
			f.KillAll()
		case err = <-failed:
			waiting = false
		}
	}
	var fault *fleet.Fault
	if !errors.As(err, &fault) || fault.Type != "Runtime.ExitError" {
		t.Errorf("%v", err)
	}
	if next := pid(t, f); next == first {
		t.Error("the killed process answers")
	}
}

// TestDiedIdle: a process that died with nothing to do costs nobody an invocation.
func TestDiedIdle(t *testing.T) {
	t.Parallel()
	f := start(t, time.Minute)
	first := pid(t, f)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); syscall.Kill(first, 0) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not die")
		}
	}
	if next := pid(t, f); next == first {
		t.Error("the dead answer")
	}
}

func TestCold(t *testing.T) {
	t.Parallel()
	f := start(t, time.Minute)
	c, err := f.Cold(t.Context(), "fn", []byte(`"pid"`))
	if err != nil || c.Took <= 0 || c.Resident < 1<<20 {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := f.Cold(t.Context(), "broken", []byte(`"pid"`)); err == nil {
		t.Error("a process that does not start was measured")
	}
}
