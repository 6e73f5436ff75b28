package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Measured is what runs consume: docs/price-measured.json.
type Measured struct {
	// Estimate: the figures were thought up, not measured.
	Estimate bool `json:"estimate"`
	// How and when they were got.
	How  string `json:"how"`
	Date string `json:"date"`
	// Run is what one short run consumes, from the request that starts it to the last
	// look at it.
	Run Consumption `json:"run"`
	// Standard is what the same run consumes more, or less, where it runs as a standard
	// execution, for comparison. Its transitions are what matters.
	StandardTransitions float64 `json:"standardTransitions"`
	// Upkeep is what one firing of each of the platform's schedules consumes in an
	// environment with nothing in it, by the schedule's name.
	Upkeep map[string]Consumption `json:"upkeep"`
}

// Consumption of one run, or of one firing.
type Consumption struct {
	What string `json:"what"`
	// Functions by id: how often each is invoked, and for how many milliseconds in all.
	Functions map[string]Invoked `json:"functions"`
	// Requests that reach the API, through CloudFront.
	Requests float64 `json:"requests"`
	// Units of DynamoDB, as billed: transactions count twice, indexes too.
	ReadUnits  float64 `json:"readUnits"`
	WriteUnits float64 `json:"writeUnits"`
	// TableBytes and BlobBytes stay.
	TableBytes float64 `json:"tableBytes"`
	BlobBytes  float64 `json:"blobBytes"`
	// Transitions of standard executions.
	Transitions float64 `json:"transitions"`
	// Express executions, their length, and memory in steps of 64 MB.
	Express   float64 `json:"express"`
	ExpressMs float64 `json:"expressMs"`
	ExpressMB float64 `json:"expressMB"`
	// LogBytes of functions, access log and express history.
	LogBytes    float64 `json:"logBytes"`
	S3Puts      float64 `json:"s3Puts"`
	S3Gets      float64 `json:"s3Gets"`
	KeyRequests float64 `json:"keyRequests"`
	// Events that are put on the product's bus.
	Events float64 `json:"events"`
	Traces float64 `json:"traces"`
	// EdgeBytes leave through CloudFront, OutBytes go to users' APIs.
	EdgeBytes float64 `json:"edgeBytes"`
	OutBytes  float64 `json:"outBytes"`
}

// Invoked is how a function is used.
type Invoked struct {
	Invocations float64 `json:"invocations"`
	Ms          float64 `json:"ms"`
}

// readMeasured reads the file; a name that it does not know is an error, for a typo
// would make something free.
func readMeasured(path string) (Measured, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Measured{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var m Measured
	if err := decoder.Decode(&m); err != nil {
		return Measured{}, fmt.Errorf("%s: %w", path, err)
	}
	if m.How == "" || m.Date == "" || len(m.Run.Functions) == 0 {
		return Measured{}, fmt.Errorf("%s: how, date and run.functions are needed", path)
	}
	return m, nil
}

// plus adds n times what another consumes.
func (c Consumption) plus(o Consumption, n float64) Consumption {
	functions := map[string]Invoked{}
	for id, f := range c.Functions {
		functions[id] = f
	}
	for id, f := range o.Functions {
		have := functions[id]
		functions[id] = Invoked{have.Invocations + n*f.Invocations, have.Ms + n*f.Ms}
	}
	// Lengths and memory of express executions are kept as sums weighted by their number.
	total := c.Express + n*o.Express
	weigh := func(a, b float64) float64 {
		if total == 0 {
			return 0
		}
		return (a*c.Express + b*n*o.Express) / total
	}
	return Consumption{
		Functions: functions, Requests: c.Requests + n*o.Requests,
		ReadUnits: c.ReadUnits + n*o.ReadUnits, WriteUnits: c.WriteUnits + n*o.WriteUnits,
		TableBytes: c.TableBytes + n*o.TableBytes, BlobBytes: c.BlobBytes + n*o.BlobBytes,
		Transitions: c.Transitions + n*o.Transitions,
		Express:     total, ExpressMs: weigh(c.ExpressMs, o.ExpressMs), ExpressMB: weigh(c.ExpressMB, o.ExpressMB),
		LogBytes: c.LogBytes + n*o.LogBytes, S3Puts: c.S3Puts + n*o.S3Puts, S3Gets: c.S3Gets + n*o.S3Gets,
		KeyRequests: c.KeyRequests + n*o.KeyRequests, Events: c.Events + n*o.Events, Traces: c.Traces + n*o.Traces,
		EdgeBytes: c.EdgeBytes + n*o.EdgeBytes, OutBytes: c.OutBytes + n*o.OutBytes,
	}
}
