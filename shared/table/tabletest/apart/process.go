// Package apart lets a test have several processes: its own binary again, each told
// what to do line by line, over a table that they share. What one process keeps in
// memory no other sees, as in functions on AWS.
package apart

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// ready is the first line that a process says.
const ready = "ready"

// Process is the test's binary again. Its TestMain sees by the environment that it is
// to call Answer.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Begin starts one, with env ("NAME=value") beside this process's own environment, and
// waits until it answers. It is killed when the test ends.
func Begin(t testing.TB, env ...string) *Process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) // #nosec G204 G702 -- this binary itself
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd, in, bufio.NewReader(out)}
	t.Cleanup(p.Kill)
	if line := p.Hear(); line != ready {
		t.Fatalf("the process says %q", line)
	}
	return p
}

// Say gives the process a line; it answers with one, which Hear reads.
func (p *Process) Say(words ...any) { fmt.Fprintln(p.in, words...) }

// Hear reads a line; of a process that has died it is "".
func (p *Process) Hear() string {
	line, _ := p.out.ReadString('\n') // what a dead one left unsaid is ""
	return strings.TrimSpace(line)
}

// Kill is kill -9, and waits until the process is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	_ = p.cmd.Wait()
}

// Answer is the main of a process: it answers each line until there are no more.
func Answer(do func(line string) (string, error)) error {
	fmt.Println(ready)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := do(lines.Text())
		if err != nil {
			return err
		}
		fmt.Println(strings.ReplaceAll(answer, "\n", "; "))
	}
	return lines.Err()
}
