package call

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/ratelimit"
)

// Effect says what a request did to the peer, as far as is certain.
type Effect string

// The effects. EffectNone is certain: the request never arrived, or the peer
// said that it refused it.
const (
	EffectNone  Effect = "none"
	EffectMaybe Effect = "maybe"
	EffectDone  Effect = "done"
)

// ErrExpression is the name that Step Functions gives to a failed expression.
const ErrExpression = "States.QueryEvaluationError"

// Failure is an attempt's or step's error: the name that Retry and Catch match,
// and a sentence. It holds nothing of what the peer sent.
type Failure struct {
	Name  string `json:"name"`
	Cause string `json:"cause"`
}

// verdict judges one exchange.
type verdict struct {
	failure *Failure // nil: an answer that counts as success
	effect  Effect
	// again says that the class allows another attempt.
	again bool
	// wait is how long the peer asked us to stay away.
	wait time.Duration
	// sick says that the failure counts against the peer's circuit.
	sick bool
}

// judge applies docs/workflow.md, "What a run promises". declared, where not
// nil, is what the step's success expression said.
func judge(class effect.Class, x *exchange, declared *bool, now time.Time) verdict {
	if x.err != nil && (!x.answered || x.status < 400) {
		return judgeError(class, x)
	}
	ok := x.status >= 200 && x.status < 300
	if declared != nil {
		ok = *declared
	}
	v := verdict{sick: x.status >= 500, effect: EffectDone}
	asked, hasAsked := ratelimit.RetryAfter(x.header, now)
	limited := x.status == http.StatusTooManyRequests || x.status == http.StatusForbidden && overLimit(x, hasAsked, now)
	if limited || x.status == http.StatusServiceUnavailable {
		v.wait = asked
	}
	if ok {
		return v
	}
	v.failure = &Failure{Name: fmt.Sprintf("Http.%d", x.status), Cause: answered(x.status)}
	v.effect = effectOf(x.status, hasAsked, declared != nil)
	v.again = transient(x.status) && (class.Repeatable() || x.status == http.StatusServiceUnavailable && hasAsked) || limited
	if limited && x.status != http.StatusTooManyRequests {
		v.failure = &Failure{Name: "Http.429", Cause: answered(x.status) + " It says that too much was asked of it."}
		if !hasAsked && len(exhausted(x, now)) == 0 {
			v.wait = unsaid
		}
	}
	if !class.Repeatable() && v.effect == EffectMaybe {
		v.failure = unknown(answered(x.status))
	}
	return v
}

func judgeError(class effect.Class, x *exchange) verdict {
	v := verdict{effect: EffectNone}
	if x.left {
		v.effect = EffectMaybe
	}
	switch x.kind() {
	case kindBlocked:
		v.failure = &Failure{ErrEgressBlocked, "The address that the API is at, or redirects to, is not allowed."}
	case kindTooLarge:
		v.failure = &Failure{ErrOutputTooLarge, "The API's answer is larger than is read."}
		if x.answered && x.status >= 200 && x.status < 300 {
			v.effect = EffectDone
		}
	case kindTimeout:
		v.failure, v.again, v.sick = &Failure{ErrHTTPTimeout, "The API did not answer in time."}, true, true
	case kindCancelled:
		v.failure = &Failure{ErrHTTPNetwork, "The request was given up."}
	default:
		v.failure, v.again, v.sick = &Failure{ErrHTTPNetwork, "The API could not be reached: " + networkDetail(x.err) + "."}, true, true
	}
	if class == effect.Safe {
		v.effect = EffectNone
	}
	if !class.Repeatable() && v.effect != EffectNone {
		v.again = false
		if v.effect == EffectMaybe {
			v.failure = unknown(v.failure.Cause)
		}
	}
	return v
}

// effectOf says what an answer that is not a success tells about the effect.
func effectOf(status int, retryAfter, declared bool) Effect {
	switch {
	case declared && status < 500:
		return EffectNone // the step itself knows this answer as a refusal
	case status == http.StatusServiceUnavailable && retryAfter,
		status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return EffectNone // refused before it was looked at
	case status >= 500:
		return EffectMaybe // it may have failed after the effect, or behind a gateway
	case status >= 400:
		return EffectNone
	case status >= 300:
		return EffectNone // sent elsewhere, which was not followed
	}
	return EffectDone
}

// unsaid is how long an API is left alone that refuses for its limits and does not say
// for how long (GitHub Docs, "Rate limits for the REST API": at least a minute).
const unsaid = time.Minute

// overLimit says whether a 403 is about a rate limit, as GitHub's may be: with
// Retry-After, with a quota that is used up, or in words.
func overLimit(x *exchange, hasAsked bool, now time.Time) bool {
	const beginning = 2_000
	return hasAsked || len(exhausted(x, now)) > 0 ||
		strings.Contains(strings.ToLower(string(x.body[:min(len(x.body), beginning)])), "rate limit")
}

// exhausted are the quotas of which the answer says that nothing is left until a time.
func exhausted(x *exchange, now time.Time) []ratelimit.Quota {
	return slices.DeleteFunc(ratelimit.Read(x.header, now), func(q ratelimit.Quota) bool {
		return q.Remaining >= 1 || q.ResetAt.IsZero()
	})
}

// transient says whether the same request may well succeed later.
func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status >= 520 && status <= 530 // Cloudflare's own
}

func answered(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("The API answered %d %s.", status, text)
	}
	return fmt.Sprintf("The API answered %d.", status)
}

func unknown(why string) *Failure {
	return &Failure{ErrOutcomeUnknown, why + " Whether the request had its effect is not known, and repeating it could do it twice: it has no idempotency key."}
}
