package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/tenant"
)

// chain is a definition of so many task steps, each handing on to the next.
func chain(steps int) json.RawMessage {
	var b strings.Builder
	b.WriteString(`{"QueryLanguage":"JSONata","StartAt":"s0","States":{`)
	for i := range steps {
		way := fmt.Sprintf(`"Next":"s%d"`, i+1)
		if i == steps-1 {
			way = `"End":true`
		}
		fmt.Fprintf(&b, `"s%d":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"${call}","Payload":{"n":"{%% $states.input.n + 1 %%}"}},"Output":"{%% $states.result.Payload %%}","Assign":{"v%d":"{%% $states.result.Payload.n %%}"},%s},`, i, i, way)
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), ",") + "}}")
}

// BenchmarkStep is the cost of one durable step: a task that does nothing, its
// result journalled, SQLite with an fsync at each commit.
func BenchmarkStep(b *testing.B) {
	for _, flight := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("%d-in-flight", flight), func(b *testing.B) {
			const steps = 20
			echo := func(_ context.Context, t execution.Task) (json.RawMessage, error) { return t.Payload, nil }
			moved := make(chan string, 1<<16)
			o := openEngine(b, filepath.Join(b.TempDir(), "apiq.db"), map[string]execution.Handler{"call": echo}, &local.Options{
				Observer: func(_ context.Context, run string) { moved <- run },
			})
			defer o.close()
			ctx := tenant.With(context.Background(), "wsp_bench")
			def := chain(steps)
			started := 0
			start := func() {
				started++
				in := execution.StartInput{Name: fmt.Sprintf("exe_%d", started), Definition: def, Input: json.RawMessage(`{"n":0}`)}
				if err := o.engine.Start(ctx, in); err != nil {
					b.Fatal(err)
				}
			}
			runs := max(1, b.N/steps)
			b.ResetTimer()
			for range min(flight, runs) {
				start()
			}
			seen := map[string]int{}
			for ended := 0; ended < runs; {
				name := <-moved
				if seen[name]++; seen[name] < steps+2 { // the start, each step, and the end's part of the last
					continue
				}
				ended++
				if started < runs {
					start()
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(runs*steps), "ms/step")
			b.ReportMetric(float64(runs*steps)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// BenchmarkWaiting is what runs that wait for a token cost: memory and goroutines
// while they wait, and the time to be ready again after a restart.
func BenchmarkWaiting(b *testing.B) {
	const runs = 10_000
	path := filepath.Join(b.TempDir(), "apiq.db")
	handlers := map[string]execution.Handler{"ask": func(context.Context, execution.Task) (json.RawMessage, error) { return nil, nil }}
	moved := make(chan string, 4*runs)
	o := openEngine(b, path, handlers, &local.Options{Observer: func(_ context.Context, run string) { moved <- run }})
	ctx := tenant.With(context.Background(), "wsp_bench")
	def := json.RawMessage(`{"QueryLanguage":"JSONata","StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"ask","Payload":{}},"End":true}}}`)
	before := memory()
	goroutines := runtime.NumGoroutine()
	for i := range runs {
		if err := o.engine.Start(ctx, execution.StartInput{Name: fmt.Sprintf("exe_%d", i), Definition: def, Input: json.RawMessage("{}")}); err != nil {
			b.Fatal(err)
		}
	}
	for range 3 * runs { // started, asked, submitted
		<-moved
	}
	held := float64(int64(memory())-int64(before)) / runs
	lines := float64(runtime.NumGoroutine()-goroutines) / runs
	o.close()
	begin := time.Now()
	o = openEngine(b, path, handlers, nil)
	defer o.close()
	if _, err := o.engine.Describe(ctx, "exe_9999"); err != nil {
		b.Fatal(err)
	}
	ready := time.Since(begin)
	for b.Loop() {
		runtime.Gosched()
	}
	b.ReportMetric(held, "B/waiting-run")
	b.ReportMetric(lines, "goroutines/waiting-run")
	b.ReportMetric(float64(ready.Milliseconds()), "ms-to-reopen")
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
