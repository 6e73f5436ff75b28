package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// startTime bounds how long a process may take to ask for its first work (Lambda's
// init phase has 10 s).
const startTime = 10 * time.Second

// job is one invocation.
type job struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan outcome
}

type outcome struct {
	body []byte
	err  error
}

// process is one environment of a function.
type process struct {
	function, token string
	asked           chan struct{} // closed at the first question for work
	once            sync.Once
	jobs            chan *job
	exited          chan struct{}

	mu      sync.Mutex
	cmd     *exec.Cmd // nil until it runs
	killed  bool
	current *job
	count   int
}

func newProcess(function, token string) *process {
	return &process{function: function, token: token, asked: make(chan struct{}), jobs: make(chan *job), exited: make(chan struct{})}
}

func (p *process) start(f *Fleet) error {
	cmd := exec.Command(f.o.Binary(p.function)) //nolint:noctx // it outlives the invocation that starts it
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + f.address + "/" + p.token,
		"AWS_LAMBDA_FUNCTION_NAME=" + p.function, "AWS_LAMBDA_FUNCTION_VERSION=1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "_HANDLER=bootstrap",
		"PATH=/usr/bin:/bin", "TZ=:UTC",
	}
	for name, value := range f.o.Env(p.function) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = f.o.Output, f.o.Output
	// It must not outlive the test, even one that is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.run(cmd); err != nil {
		return err
	}
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case <-p.asked:
		return nil
	case <-p.exited:
		return &Fault{Type: "Runtime.ExitError", Message: "the process of " + p.function + " ended before it asked for work"}
	case <-timer.C:
		return &Fault{Type: "Sandbox.Timedout", Message: "the process of " + p.function + " took more than 10 s to start"}
	}
}

// run starts the command, unless the process was killed before there was one.
func (p *process) run(cmd *exec.Cmd) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		close(p.exited)
		return &Fault{Type: "Runtime.ExitError", Message: "the process of " + p.function + " was killed before it started"}
	}
	if err := cmd.Start(); err != nil {
		close(p.exited)
		return fmt.Errorf("fleet: start %s: %w", p.function, err)
	}
	p.cmd = cmd
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	return nil
}

// errGone: the process had ended before it was handed the job.
var errGone = errors.New("fleet: the process has ended")

// invoke hands a job over and waits for its end.
func (p *process) invoke(ctx context.Context, payload []byte, limit time.Duration) ([]byte, error) {
	p.mu.Lock()
	p.count++
	j := &job{id: fmt.Sprintf("%s-%d", p.token, p.count), payload: payload, deadline: time.Now().Add(limit), done: make(chan outcome, 1)}
	p.current = j
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.current = nil
		p.mu.Unlock()
	}()
	p.signal(syscall.SIGCONT)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	timedOut := func() ([]byte, error) {
		return nil, &Fault{Type: "Sandbox.Timedout", Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", j.id, limit.Seconds())}
	}
	died := func() ([]byte, error) {
		return nil, &Fault{Type: "Runtime.ExitError", Message: "RequestId: " + j.id + " Error: Runtime exited"}
	}
	select {
	case p.jobs <- j:
	case <-p.exited:
		return nil, errGone
	case <-timer.C:
		p.kill()
		return timedOut()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case out := <-j.done:
		return out.body, out.err
	case <-p.exited:
		select {
		case out := <-j.done: // it answered, then went
			return out.body, out.err
		default:
			return died()
		}
	case <-timer.C:
		p.kill()
		return timedOut()
	}
}

func (p *process) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current != nil
}

func (p *process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

func (p *process) signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && p.alive() {
		_ = p.cmd.Process.Signal(s)
	}
}

// kill ends the process and waits until it is gone; one that has not started yet
// never will.
func (p *process) kill() {
	p.mu.Lock()
	p.killed = true
	started := p.cmd != nil
	p.mu.Unlock()
	if started {
		p.signal(syscall.SIGKILL)
		<-p.exited
	}
}

// resident is the most memory that the process has had, in bytes.
func (p *process) resident() (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return peak(p.cmd.Process.Pid)
}
