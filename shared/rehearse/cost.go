package rehearse

import (
	"math"
	"time"

	"github.com/apiq/apiq/shared/route"
)

// List prices in us-east-1 of docs/price.md (infra/cdk/price/prices.go, which is
// another module), in dollars.
const (
	standardTransition = 0.025 / 1000
	expressRequest     = 1.00 / 1e6
	expressGBSecond    = 0.00001667
	lambdaRequest      = 0.20 / 1e6
	lambdaGBSecond     = 0.0000133334
)

const (
	costBasis = "On AWS: list prices of docs/price.md for Step Functions and the functions that make the calls, at 100 ms a call, before free allowances; records and logs come to about $0.00004 a run more. On one machine nothing is paid for a run."
	timeBasis = "At least: 100 ms a call, calls side by side where the plan allows. At most: 2 s a call, one after the other. Waits of the plan are in both; approvals are not."
)

// cost is what one run costs.
func cost(r *run, brief bool, took time.Duration) Cost {
	c := Cost{Transitions: r.transitions, Engine: "standard", Basis: costBasis}
	c.AWS = float64(r.transitions) * standardTransition
	if brief {
		c.Engine = "express"
		c.AWS = expressRequest + math.Ceil(took.Seconds()*10)/10/16*expressGBSecond
	}
	c.AWS += float64(r.requests) * (lambdaRequest + quick.Seconds()*callGB()*lambdaGBSecond)
	c.AWS = math.Round(c.AWS*1e8) / 1e8
	return c
}

// callGB is the memory of the function that makes the calls.
func callGB() float64 {
	f, _ := route.FunctionByID("task-call")
	return float64(f.MemoryMB) / 1024
}

func duration(r *run, took time.Duration) Duration {
	return Duration{MinMs: took.Milliseconds(), MaxMs: (r.waits + time.Duration(r.requests)*slow).Milliseconds(), Basis: timeBasis}
}
