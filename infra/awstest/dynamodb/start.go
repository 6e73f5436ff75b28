package dynamodb

import (
	"bufio"
	"bytes"
	_ "embed" // the launcher
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// required is the variable that makes a missing server a failure.
	required = "APIQ_AWS_TESTS"
	// startTimeout is for a machine with other work: alone it takes about two seconds.
	startTimeout = 90 * time.Second
)

//go:embed Launcher.java
var launcher []byte

// errMissing: this machine lacks what DynamoDB Local needs.
var errMissing = errors.New("DynamoDB Local left out")

// shared is the one server of a test binary, the single global here: a process of
// its own for each test would cost seconds and hundreds of megabytes.
var shared struct {
	once     sync.Once
	endpoint string
	stdin    io.Closer // held open: its end is the server's
	err      error
}

// Start gives the address of DynamoDB Local, which all tests of the binary share;
// tests keep apart by tables of their own. Without Java or the jars that
// .ci/dynamodb-local fetches the test is skipped with that reason, or fails where
// APIQ_AWS_TESTS=1 asks for it. The server ends with the test binary.
func Start(t testing.TB) (endpoint string) {
	t.Helper()
	shared.once.Do(func() { shared.endpoint, shared.stdin, shared.err = start() })
	switch {
	case errors.Is(shared.err, errMissing) && os.Getenv(required) != "1":
		t.Skip(shared.err)
	case shared.err != nil:
		t.Fatal(shared.err)
	}
	return shared.endpoint
}

func start() (endpoint string, stdin io.Closer, err error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return "", nil, fmt.Errorf("%w: there is no java in the path", errMissing)
	}
	jars, err := jarFolder()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "apiq-dynamodb-local-")
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // java has compiled it by then
	source := filepath.Join(dir, "Launcher.java")
	if err := os.WriteFile(source, launcher, 0o600); err != nil {
		return "", nil, err
	}
	//nolint:gosec // a program of the path on files of ours
	cmd := exec.Command(java, "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Djava.library.path="+jars, "-cp", filepath.Join(jars, "*"), source)
	cmd.Env = append(os.Environ(), "DDB_LOCAL_TELEMETRY=0")
	var complaints locked
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	port, err := announced(out)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("DynamoDB Local did not start: %w: %s", err, complaints.text()), in.Close(), cmd.Process.Kill(), cmd.Wait())
	}
	return "http://127.0.0.1:" + port, in, nil
}

// announced waits for the launcher's line, then lets the rest run into nothing.
func announced(out io.Reader) (port string, err error) {
	line := make(chan string, 1)
	go func() {
		defer close(line)
		r := bufio.NewReader(out)
		for {
			text, err := r.ReadString('\n')
			if port, ok := strings.CutPrefix(strings.TrimSpace(text), "listening on "); ok {
				line <- port
				_, _ = io.Copy(io.Discard, r)
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case port, ok := <-line:
		if !ok {
			return "", errors.New("it ended")
		}
		return port, nil
	case <-time.After(startTimeout):
		return "", fmt.Errorf("no word after %v", startTimeout)
	}
}

// jarFolder finds what .ci/dynamodb-local fetched, at the root of the tree that the
// test runs in.
func jarFolder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".ci", "dynamodb-local")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("%w: the test does not run inside the tree", errMissing)
		}
		dir = parent
	}
	jars := filepath.Join(dir, ".cache", "dynamodb-local")
	if _, err := os.Stat(filepath.Join(jars, "version")); err != nil {
		return "", fmt.Errorf("%w: its jars are not there, run .ci/dynamodb-local", errMissing)
	}
	return jars, nil
}

// locked is a buffer that the process's reader and a test may use at once.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
