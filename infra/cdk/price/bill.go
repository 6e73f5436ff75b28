package main

import (
	"fmt"
	"math"
)

// Line is an item of the bill, for one number of runs.
type Line struct {
	Item string
	// List is its price before allowances, Free what of it an allowance takes.
	List, Free float64
}

// bill is what a month costs with a number of runs.
func bill(s Shape, m Measured, runs float64) ([]Line, error) {
	rest := Consumption{}
	fired := 0.0
	for name, n := range s.Firings {
		one, ok := m.Upkeep[name]
		if !ok {
			return nil, fmt.Errorf("price: how much does the schedule %s consume? (upkeep.%s)", name, name)
		}
		rest = rest.plus(one, n)
		fired += n
	}
	all := rest.plus(m.Run, runs)

	invocations, gbSeconds := 0.0, 0.0
	for id, f := range all.Functions {
		memory, ok := s.MemoryMB[id]
		if !ok {
			return nil, fmt.Errorf("price: no function %s is deployed", id)
		}
		invocations += f.Invocations
		gbSeconds += f.Ms / 1000 * memory / 1024
	}
	// Express duration is rounded up to 100 ms, memory to 64 MB.
	expressGBs := all.Express * math.Ceil(all.ExpressMs/100) / 10 * math.Ceil(all.ExpressMB/64) / 16
	logGB, edgeGBs, tableGB := all.LogBytes/gb, all.EdgeBytes/gb, all.TableBytes/gb

	var lines []Line
	add := func(item string, quantity, price, free float64) {
		lines = append(lines, Line{item, quantity * price, min(quantity, free) * price})
	}
	merge := func(item string, parts ...[3]float64) {
		l := Line{Item: item}
		for _, p := range parts {
			l.List += p[0] * p[1]
			l.Free += min(p[0], p[2]) * p[1]
		}
		lines = append(lines, l)
	}
	add("KMS key", float64(s.Keys), key, 0)
	add("Secret of the edge", float64(s.Secrets), secretMonth, 0)
	add("Alarms", float64(s.AlarmMetrics), alarmMetric, freeAlarmMetrics)
	add("CloudWatch dashboard", float64(s.Dashboards), dashboard, freeDashboards)
	if s.WAFRules > 0 {
		lines = append(lines, Line{Item: "Web ACL", List: webACL + float64(s.WAFRules)*wafRule})
	}
	merge("Lambda (arm64)", [3]float64{invocations, lambdaRequest, freeLambdaRequests}, [3]float64{gbSeconds, lambdaGBSecond, freeLambdaGBSeconds})
	add("HTTP API", all.Requests, httpAPIRequest, 0)
	add("DynamoDB writes", all.WriteUnits, tableWriteUnit, 0)
	add("DynamoDB reads", all.ReadUnits, tableReadUnit, 0)
	merge("DynamoDB storage and recovery", [3]float64{tableGB, tableGBMonth, freeTableGB}, [3]float64{tableGB, tablePITRMonth, 0})
	merge("Step Functions, express", [3]float64{all.Express, expressRequest, 0}, [3]float64{expressGBs, expressGBSecond, 0})
	add("Step Functions, standard", all.Transitions, standardTransition, freeTransitions)
	merge("CloudWatch Logs", [3]float64{logGB, logIngestedGB, freeLogGB}, [3]float64{logGB * logsCompression, logStoredGB, 0})
	add("X-Ray", all.Traces, traceRecorded, freeTraces)
	add("KMS requests", all.KeyRequests, keyRequest, freeKeyRequests)
	merge("S3", [3]float64{all.S3Puts, s3Put, 0}, [3]float64{all.S3Gets, s3Get, 0}, [3]float64{all.BlobBytes / gb, s3GBMonth, 0})
	merge("CloudFront", [3]float64{all.Requests, edgeRequest, freeEdgeRequests}, [3]float64{all.Requests, edgeFunction, freeEdgeFunctions}, [3]float64{edgeGBs, edgeGB, freeEdgeGB})
	merge("EventBridge and Scheduler", [3]float64{all.Events, busEvent, 0}, [3]float64{fired, scheduled, freeScheduled})
	add("Requests to users' APIs", all.OutBytes/gb, outGB, freeOutGB)
	return lines, nil
}

// total of a bill: at list prices, and after the allowances.
func total(lines []Line) (list, paid float64) {
	for _, l := range lines {
		list += l.List
		paid += l.List - l.Free
	}
	return list, paid
}
