package spec

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// meter measures the process between two moments.
type meter struct{ cpu time.Duration }

func startMeter() meter {
	// "5" resets the peak that VmHWM reports (proc(5)); where it is not allowed the
	// peak is that of the process's whole life.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return meter{cpu: cpuTime()}
}

func (m meter) stop() (cpuMs int64, peakMB float64) {
	return (cpuTime() - m.cpu).Milliseconds(), peakMemory()
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory is VmHWM of /proc/self/status, in MiB.
func peakMemory() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	if err != nil {
		return 0
	}
	return float64(kb*10/1024) / 10
}
