package plans

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/plan"
)

type drafts struct{ n int }

func (d *drafts) Draft(context.Context, plan.DraftRequest) (plan.DraftResult, error) {
	d.n++
	return plan.DraftResult{Raw: "drafted"}, nil
}

// TestKeyReadAgain: a key service that is out costs the plans of that time their
// model, not those of the environment's whole life; what was read is kept.
func TestKeyReadAgain(t *testing.T) {
	t.Parallel()
	out, opened := errors.New("AccessDenied for arn:aws:secretsmanager"), 0
	d := &drafts{}
	k := &keyed{open: func(ctx context.Context) (plan.Model, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("reading the key has no end")
		}
		if opened++; opened == 1 {
			return nil, out
		}
		return d, nil
	}}
	var failed *plan.ModelError
	if _, err := k.Draft(t.Context(), plan.DraftRequest{}); !errors.As(err, &failed) || !errors.Is(err, out) || strings.Contains(failed.Reason, "arn:") {
		t.Errorf("%v", err)
	}
	for range 2 {
		if res, err := k.Draft(t.Context(), plan.DraftRequest{}); err != nil || res.Raw != "drafted" {
			t.Errorf("%+v %v", res, err)
		}
	}
	if opened != 2 || d.n != 2 {
		t.Errorf("opened %d times for %d drafts", opened, d.n)
	}
}

// TestNoKey: without a key there is no model, and no call.
func TestNoKey(t *testing.T) {
	t.Parallel()
	if m := model(&base.Base{}); m != nil {
		t.Errorf("%T", m)
	}
}
