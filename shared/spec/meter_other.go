//go:build !linux

package spec

import (
	"runtime"
	"time"
)

// meter measures the process between two moments, as well as Go alone can:
// elapsed time for CPU time, memory obtained from the system for the peak.
type meter struct{ start time.Time }

func startMeter() meter { return meter{time.Now()} }

func (m meter) stop() (cpuMs int64, peakMB float64) {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return time.Since(m.start).Milliseconds(), float64(s.Sys>>10) / 1024
}
