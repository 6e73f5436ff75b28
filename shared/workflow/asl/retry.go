package asl

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow"
)

// Defaults of a retry, and the policy of the effect classes.
const (
	// DefaultAttempts is how often a retry that names no number tries again.
	DefaultAttempts = 3
	defaultInterval = 1
	defaultBackoff  = 2
	defaultMaxDelay = 60
)

// neverSent are the errors after which an unsafe request may be sent again: the
// call function reports them for an unsafe request only when it is certain that
// it had no effect (a refused connection, an answer with Retry-After), and
// Outcome.Unknown else.
var neverSent = []string{"Http.429", "Http.503", "Http.Network", "Http.Timeout"}

// retries are the state's Retry: what the workflow declares, or the policy of the
// class, in both cases only what the class allows.
func retries(s *workflow.Step, class effect.Class) []retrier {
	list := []retrier{lambdaRetry()}
	declared := s.Retry
	if declared == nil {
		list = append(list, limitedRetry())
		declared = []workflow.Retry{{Errors: []string{"Http.5xx", "Http.Timeout", "Http.Network"}}}
	}
	var catchAll *retrier
	for _, r := range declared {
		one := retrier{
			ErrorEquals:     allowed(r.Errors, class),
			IntervalSeconds: orElse(r.IntervalSeconds, defaultInterval),
			MaxAttempts:     orElse(r.MaxAttempts, DefaultAttempts),
			BackoffRate:     orElse(r.BackoffRate, defaultBackoff),
			MaxDelaySeconds: orElse(r.MaxDelaySeconds, defaultMaxDelay),
			JitterStrategy:  "FULL",
		}
		// Step Functions wants States.ALL alone and last, and a delay cap above the interval.
		one.MaxDelaySeconds = max(one.MaxDelaySeconds, one.IntervalSeconds+1)
		switch {
		case len(one.ErrorEquals) == 0:
		case slices.Contains(one.ErrorEquals, "States.ALL"):
			one.ErrorEquals = []string{"States.ALL"}
			if catchAll == nil {
				catchAll = &one
			}
		default:
			list = append(list, one)
		}
	}
	if catchAll != nil {
		list = append(list, *catchAll)
	}
	return list
}

// lambdaRetry covers failures of the invocation itself: those of the Lambda
// service; a function that died or ran out of memory or time, which is
// Lambda.Unknown to Step Functions (Developer Guide, "Handle Lambda service
// exceptions") or comes under the type that Lambda gives it; and our own, where a
// function could not write what it did. The call function keeps a journal, so that
// calling it again never repeats what it did.
func lambdaRetry() retrier {
	return retrier{
		ErrorEquals: []string{
			"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
			"Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", ErrorUnavailable,
		},
		IntervalSeconds: 1, MaxAttempts: 6, BackoffRate: 2, MaxDelaySeconds: 60, JitterStrategy: "FULL",
	}
}

// limitedRetry sits out a rate limit of a minute, the longest that APIs ask for as a
// rule: a call waits 20 seconds by itself, and reports what takes longer. It has no
// jitter, which would shorten it: calls spread their requests themselves. All delays
// together are brief in the sense of Brief.
func limitedRetry() retrier {
	return retrier{ErrorEquals: []string{"Http.429"}, IntervalSeconds: 4, MaxAttempts: 4, BackoffRate: 2, MaxDelaySeconds: 30}
}

// allowed are the exact names of errors that the class lets be tried again. An
// outcome that is not known is never decided by a retry.
func allowed(errors []string, class effect.Class) []string {
	var names []string
	seen := map[string]bool{outcomeUnknown: true}
	add := func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if class.Repeatable() || slices.Contains(neverSent, name) {
			names = append(names, name)
		}
	}
	for _, e := range errors {
		if !class.Repeatable() && (e == "States.ALL" || e == "States.TaskFailed") {
			for _, name := range neverSent {
				add(name)
			}
			continue
		}
		for _, name := range expand(e) {
			add(name)
		}
	}
	return names
}

// expand gives the exact names of a class: any status of it may be answered.
func expand(name string) []string {
	class, ok := strings.CutPrefix(name, "Http.")
	if !ok || !strings.HasSuffix(class, "xx") {
		return []string{name}
	}
	names := make([]string, 100)
	for i := range names {
		names[i] = "Http." + class[:1] + string([]byte{'0' + byte(i/10), '0' + byte(i%10)}) // each step of each run has them
	}
	return names
}

func orElse[N int | float64](v, otherwise N) N {
	if v == 0 {
		return otherwise
	}
	return v
}
