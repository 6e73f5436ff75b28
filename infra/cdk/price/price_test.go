package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func shape() Shape {
	return Shape{Env: "prod", Keys: 1, Secrets: 1, AlarmMetrics: 12, Dashboards: 1, MemoryMB: map[string]float64{"task-call": 512}, Firings: map[string]float64{"tick": 100}}
}

func measured() Measured {
	return Measured{How: "by hand", Date: "2026-11-25", StandardTransitions: 5,
		Run: Consumption{What: "a run", Functions: map[string]Invoked{"task-call": {2, 500}}, Requests: 2, ReadUnits: 10, WriteUnits: 20,
			TableBytes: 1 << 10, Express: 1, ExpressMs: 1201, ExpressMB: 65, LogBytes: 1 << 10, KeyRequests: 0.1, S3Gets: 1},
		Upkeep: map[string]Consumption{"tick": {Functions: map[string]Invoked{"task-call": {1, 100}}, ReadUnits: 1, Transitions: 100}}}
}

func line(t *testing.T, lines []Line, item string) Line {
	t.Helper()
	for _, l := range lines {
		if l.Item == item {
			return l
		}
	}
	t.Fatalf("no line %s", item)
	return Line{}
}

// TestBill works two months out by hand.
func TestBill(t *testing.T) {
	t.Parallel()
	near := func(what string, have, want float64) {
		t.Helper()
		if math.Abs(have-want) > 1e-6*math.Max(1, want) {
			t.Errorf("%s: %v, want %v", what, have, want)
		}
	}
	rest, err := bill(shape(), measured(), 0)
	if err != nil {
		t.Fatal(err)
	}
	near("key", line(t, rest, "KMS key").List, 1)
	near("alarms", line(t, rest, "Alarms").List, 1.2)
	near("alarms, free", line(t, rest, "Alarms").Free, 1)
	near("dashboard", line(t, rest, "CloudWatch dashboard").List, 3)
	near("transitions", line(t, rest, "Step Functions, standard").List, 100*100*0.000025)
	near("API", line(t, rest, "HTTP API").List, 0)

	busy, err := bill(shape(), measured(), million)
	if err != nil {
		t.Fatal(err)
	}
	// 2 million invocations and 500 ms of half a gigabyte for each run, and the schedule's hundred.
	near("Lambda", line(t, busy, "Lambda (arm64)").List, (2e6+100)*0.2e-6+(250_000+5)*0.0000133334)
	near("writes", line(t, busy, "DynamoDB writes").List, 20*0.625)
	near("reads", line(t, busy, "DynamoDB reads").List, (10e6+100)*0.125e-6)
	// 1,201 ms are 1.3 s, 65 MB are 128.
	near("express", line(t, busy, "Step Functions, express").List, 1+1e6*1.3*0.125*0.00001667)
	near("logs", line(t, busy, "CloudWatch Logs").List, 1e6/(1<<20)*(0.5+0.15*0.03))
	list, paid := total(busy)
	if list <= paid || paid <= 0 {
		t.Errorf("%v, %v after what is free", list, paid)
	}
}

// TestUnknown: what nobody has told the price of is an error, never free.
func TestUnknown(t *testing.T) {
	t.Parallel()
	s := shape()
	s.Firings["new"] = 1
	if _, err := bill(s, measured(), 1); err == nil {
		t.Error("a schedule without figures")
	}
	m := measured()
	m.Run.Functions["gone"] = Invoked{1, 1}
	if _, err := bill(shape(), m, 1); err == nil {
		t.Error("a function that is not deployed")
	}
	file := filepath.Join(t.TempDir(), "m.json")
	if err := os.WriteFile(file, []byte(`{"how":"x","date":"y","run":{"functions":{"a":{}},"readUnit":3}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readMeasured(file); err == nil || !strings.Contains(err.Error(), "readUnit") {
		t.Errorf("%v", err)
	}
}

func TestFirings(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]float64{"rate(5 minutes)": 8760, "rate(1 day)": days, "cron(20 0 * * ? *)": days, "cron(40 3 1 * ? *)": 1} {
		if have, err := firings(expression); err != nil || have != want {
			t.Errorf("%s: %v, %v", expression, have, err)
		}
	}
	for _, expression := range []string{"", "rate(0 minutes)", "cron(0/5 * * * ? *)", "cron(0 0 ? * MON *)"} {
		if have, err := firings(expression); err == nil {
			t.Errorf("%s: %v", expression, have)
		}
	}
}

// TestPage says what is estimated, and judges the goals.
func TestPage(t *testing.T) {
	t.Parallel()
	m := measured()
	m.Estimate = true
	text, err := page(shape(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"estimate, not measured", "| KMS key | $1.00 | $1.00 | $1.00 |", "(met: $"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	if have := verdict(2.51, 2.50); have != "not met: $2.51" {
		t.Error(have)
	}
	if have := verdict(0.001, 2.50); have != "met: <$0.01" {
		t.Error(have)
	}
}
