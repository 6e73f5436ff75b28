package lint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/report"
)

// ChildOptions bound a child.
type ChildOptions struct {
	// Timeout is how long it may take, in wall time. Defaults to 60 s.
	Timeout time.Duration
	// MaxMemory is how many bytes it may hold. Defaults to 1 GiB: GitHub's 13 MB take
	// about a third of it.
	MaxMemory int64
}

// Child validates in a process of its own, a new one for each document: the
// library can end its process by stack overflow, which no recover catches, and
// keeps what it holds. The child gets the document on its standard input and an
// empty environment, and answers by JSON lines.
type Child struct {
	command []string
	o       ChildOptions
}

// NewChild makes a Child; command is what runs ServeChild, to which the limit of
// memory is added as its last argument.
func NewChild(command []string, opts *ChildOptions) *Child {
	o := ChildOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = 1 << 30
	}
	return &Child{command, o}
}

// line is what a child writes: a finding, or, last, that it has come to its end or
// why there is no result.
type line struct {
	Finding     *spec.Warning `json:"finding,omitempty"`
	Unavailable string        `json:"unavailable,omitempty"`
	End         bool          `json:"end,omitempty"`
}

// maxAnswer bounds what is read of a child's answer.
const maxAnswer = 4 << 20

// Validate implements report.Validator. A child that ended before its time, ran
// out of time or memory, or said no end, is a report.UnavailableError, as what it says
// itself is.
func (c *Child) Validate(ctx context.Context, document []byte) ([]spec.Warning, error) {
	limited, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	args := append(append([]string{}, c.command[1:]...), strconv.FormatInt(c.o.MaxMemory, 10))
	cmd := exec.CommandContext(limited, c.command[0], args...) // #nosec G204 -- our own binary, arguments of ours
	cmd.Env = []string{}                                       // nothing of ours is its business, secrets least
	cmd.WaitDelay = 5 * time.Second                            // for its pipes, once it is killed
	cmd.Stdin = bytes.NewReader(document)
	out := &capped{left: maxAnswer}
	errs := &capped{left: 16 << 10}
	cmd.Stdout, cmd.Stderr = out, errs
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, report.Unavailablef("Validating the document took longer than %s.", c.o.Timeout)
	case errors.As(err, &exit) && outOfMemory(errs.Bytes()):
		return nil, report.Unavailablef("Validating the document took more than %d MiB of memory.", c.o.MaxMemory>>20)
	case errors.As(err, &exit):
		return nil, report.Unavailablef(libraryFailed)
	case err != nil:
		return nil, fmt.Errorf("lint: start child: %w", err)
	}
	return answer(out)
}

// outOfMemory tells the last words of a process that got no more: those of Go's
// runtime, of its C part, which wants a stack for a thread, and of the race
// detector, which has memory of its own.
func outOfMemory(words []byte) bool {
	for _, s := range []string{"out of memory", "pthread_create failed", "failed to allocate"} {
		if bytes.Contains(words, []byte(s)) {
			return true
		}
	}
	return false
}

func answer(r io.Reader) ([]spec.Warning, error) {
	list := []spec.Warning{}
	for dec := json.NewDecoder(r); ; {
		var l line
		if err := dec.Decode(&l); err != nil {
			return nil, report.Unavailablef("The validation ended without a result.")
		}
		switch {
		case l.End:
			return list, nil
		case l.Unavailable != "":
			return nil, report.Unavailablef("%s", l.Unavailable)
		case l.Finding != nil:
			list = append(list, *l.Finding)
		}
	}
}

// capped keeps the first bytes of what is written to it.
type capped struct {
	bytes.Buffer
	left int
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	c.Buffer.Write(p[:n])
	return len(p), nil
}

// maxChildInput is above what any home accepts.
const maxChildInput = 512 << 20

// ServeChild is the child's side: it limits this process to so many bytes of
// memory, reads a document as JSON from in, and writes its findings to out.
func ServeChild(ctx context.Context, in io.Reader, out io.Writer, maxMemory int64) error {
	if err := confine(maxMemory); err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxChildInput))
	if err != nil {
		return fmt.Errorf("lint: read document: %w", err)
	}
	d, err := spec.Parse(ctx, raw, &spec.ParseOptions{MaxBytes: maxChildInput})
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	found, err := Report(ctx, d, &Options{MaxBytes: maxChildInput, Timeout: 24 * time.Hour}) // the parent has the clock
	if none, ok := errors.AsType[*report.UnavailableError](err); ok {
		return enc.Encode(line{Unavailable: none.Reason})
	}
	if err != nil {
		return err
	}
	for _, f := range found {
		if err := enc.Encode(line{Finding: &f}); err != nil {
			return err
		}
	}
	return enc.Encode(line{End: true})
}
