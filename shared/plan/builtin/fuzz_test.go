package builtin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan/builtin"
)

// FuzzPlan: any goal gives a plan that composes, or none, in bounded time.
func FuzzPlan(f *testing.F) {
	for _, seed := range []string{
		"List crime books, then delete each of them", "if if if then then", "for each each all of them", "\"'“‘`«", "unless , , , unless",
		strings.Repeat("and delete book 1 ", 200), strings.Repeat("a", 4000), "é’s 'x's' #12 $,,, 1/1/1", "Delete book 42 if, then", "otherwise", "for all",
		"get the book 42 if there are more than 99999999999999999999 books", "{% $eval(1) %} named \"{% 1 %}\"", "\x00\xff\xfe list", "can you", "I'd like to to to",
	} {
		f.Add(seed)
	}
	set := both(f)
	planner := builtin.New(&builtin.Options{Now: now})
	f.Fuzz(func(t *testing.T, goal string) {
		if len(goal) > 16<<10 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		d, err := planner.Plan(ctx, goal, set)
		if ctx.Err() != nil {
			t.Fatal("took more than 5 s")
		}
		if err != nil {
			return
		}
		if _, err := d.Compose(); err != nil {
			t.Errorf("does not compose: %v", err)
		}
	})
}
