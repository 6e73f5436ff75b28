//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

// bare measures the engine alone over its table, its tasks doing nothing.
func (b *engineBench) bare() {
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "apiq.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	moved := make(chan string, 1<<16)
	echo := func(_ context.Context, t execution.Task) (json.RawMessage, error) { return t.Payload, nil }
	engine, err := local.New(table.New(db, nil), map[string]execution.Handler{"echo": echo},
		&local.Options{Observer: func(_ context.Context, run string) { moved <- run }})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(tenant.With(b.Context(), "wsp_bench"))
	done := make(chan error, 1)
	go func() { done <- engine.Run(ctx) }()
	definition := echoes(stepsEach)
	for _, m := range []struct{ flight, runs int }{{1, 50}, {16, 400}, {256, 512}} {
		took := b.measure(func() {
			started, commits := 0, map[string]int{}
			start := func() {
				started++
				in := execution.StartInput{Name: fmt.Sprintf("exe_%d_%d", m.flight, started), Definition: definition, Input: json.RawMessage(`{"n":0}`)}
				if err := engine.Start(ctx, in); err != nil {
					b.Fatal(err)
				}
			}
			for range m.flight {
				start()
			}
			for ended := 0; ended < m.runs; {
				// Its start, then what leads to each step and to the end.
				if run := <-moved; commits[run] < stepsEach+1 {
					commits[run]++
					continue
				}
				if ended++; started < m.runs {
					start()
				}
			}
		})
		b.rate("bare engine", m.flight, m.runs*stepsEach, took)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		b.Error(err)
	}
}

// echoes is a definition of so many tasks, each handing its number on to the next.
func echoes(n int) json.RawMessage {
	states := map[string]any{}
	for i := range n {
		state := map[string]any{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Output": "{% $states.result.Payload %}",
			"Arguments": map[string]any{"FunctionName": "echo", "Payload": map[string]any{"n": "{% $states.input.n + 1 %}"}}}
		if i == n-1 {
			state["End"] = true
		} else {
			state["Next"] = fmt.Sprintf("s%d", i+1)
		}
		states[fmt.Sprintf("s%d", i)] = state
	}
	raw, err := json.Marshal(map[string]any{"QueryLanguage": "JSONata", "StartAt": "s0", "States": states})
	if err != nil {
		panic(err) // of maps and strings
	}
	return raw
}
