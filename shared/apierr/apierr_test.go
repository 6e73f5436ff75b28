package apierr_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// contract is the list of codes as the contract has it, written down apart from
// the code that it judges.
const contract = `VALIDATION_FAILED 400, UNAUTHENTICATED 401, MFA_REQUIRED 401, FORBIDDEN 403, NOT_FOUND 404, CONFLICT 409,
IDEMPOTENCY_MISMATCH 409, VERSION_STALE 412, PAYLOAD_TOO_LARGE 413, RATE_LIMITED 429, QUOTA_EXCEEDED 429, SPEC_UNREACHABLE 502,
SPEC_TIMEOUT 504, SPEC_INVALID 422, SPEC_TOO_LARGE 422, EGRESS_BLOCKED 422, UPSTREAM_ERROR 502, UPSTREAM_TIMEOUT 504,
CREDENTIALS_INVALID 422, REAUTHORIZE 409, PLAN_NOT_POSSIBLE 422, PLANNER_UNAVAILABLE 503, WORKFLOW_INVALID 422, UNAVAILABLE 503,
INTERNAL 500`

func TestCodes(t *testing.T) {
	t.Parallel()
	var want []string
	for line := range strings.SplitSeq(strings.ReplaceAll(contract, "\n", " "), ", ") {
		want = append(want, strings.TrimSpace(line))
	}
	slices.Sort(want)
	var have []string
	for _, c := range apierr.Codes() {
		have = append(have, fmt.Sprintf("%s %d", c, c.Status()))
		if c.Title() == "" {
			t.Errorf("%s has no title", c)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("codes\n%q, want\n%q", have, want)
	}
	if s := apierr.Code("MADE_UP").Status(); s != 500 {
		t.Errorf("a code outside the set has status %d", s)
	}
}

func TestPublicAndCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.1: refused")
	wrapped := fmt.Errorf("while fetching: %w", apierr.Wrap(apierr.SpecUnreachable, "Spec unreachable, see logs", cause))
	e := apierr.From(wrapped)
	switch {
	case e.Code != apierr.SpecUnreachable || e.Detail != "Spec unreachable, see logs":
		t.Errorf("%+v", e)
	case !errors.Is(wrapped, cause):
		t.Error("the cause is lost")
	case !errors.Is(wrapped, apierr.New(apierr.SpecUnreachable, "")) || errors.Is(wrapped, apierr.New(apierr.SpecTimeout, "")):
		t.Error("Is does not compare by code")
	case !strings.Contains(wrapped.Error(), "10.0.0.1"):
		t.Error("the log would not see the cause")
	}
	unknown := apierr.From(context.Canceled)
	if unknown.Code != apierr.Internal || strings.Contains(unknown.Detail, "cancel") || !errors.Is(unknown, context.Canceled) {
		t.Errorf("%+v", unknown)
	}
	for err, want := range map[error]apierr.Code{nil: "", cause: apierr.Internal, wrapped: apierr.SpecUnreachable, errors.Join(cause, wrapped): apierr.SpecUnreachable} {
		if have := apierr.CodeOf(err); have != want {
			t.Errorf("%v: %s, want %s", err, have, want)
		}
	}
	if e := apierr.Newf(apierr.Conflict, "%d left", 3).With(apierr.Problem{Path: "/a"}, apierr.Problem{Path: "/b"}); e.Detail != "3 left" || len(e.Problems) != 2 {
		t.Errorf("%+v", e)
	}
}
