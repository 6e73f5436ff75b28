package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// home is the product in a process of its own.
type home struct {
	cmd *exec.Cmd
	url string
}

// openHome starts the program over an empty data folder and waits until it answers.
func openHome(ctx context.Context, program, data string) (*home, error) {
	cmd := exec.CommandContext(ctx, program, "serve")
	cmd.Env = append(os.Environ(), "APIQ_ADDR=127.0.0.1:0", "APIQ_DATA="+data, "APIQ_LOG_LEVEL=error")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h := &home{cmd: cmd}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "ready at "); ok {
			h.url = url
			return h, nil
		}
	}
	return nil, errors.Join(errors.New("apiq serve ended before it was ready"), lines.Err(), cmd.Wait())
}

// close ends the process as Ctrl-C does: that it ends is part of what is shown.
func (h *home) close() error {
	if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	tooLong := time.AfterFunc(endBound, func() { _ = h.cmd.Process.Kill() })
	err := h.cmd.Wait()
	if !tooLong.Stop() {
		return fmt.Errorf("the process had not ended %s after it was interrupted", endBound)
	}
	return err
}

// endBound is how long it may take to end: calls under way are let finish for some time.
const endBound = 45 * time.Second

// peak is the most memory that was resident since forget, in MB; 0 where the
// system does not tell (proc_pid_status(5), VmHWM).
func (h *home) peak() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(kb)
	if err != nil {
		return 0
	}
	return n >> 10
}

// forget begins a new peak (proc_pid_clear_refs(5)).
func (h *home) forget() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", h.cmd.Process.Pid), []byte("5"), 0) // where there is none, peaks are of the whole time
}

// files is how many files and sockets are open; 0 where the system does not tell.
func (h *home) files() int {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", h.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	return len(all)
}
