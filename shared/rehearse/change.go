package rehearse

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	compile "github.com/apiq/apiq/shared/workflow/asl"
)

// changeOf says what a call does to its API's data, by method and path: a POST to a
// list creates, any other POST acts.
func changeOf(doc *spec.Document, op *spec.Operation) Change {
	c := Change{Verb: "acts", What: thing(op.Path)}
	switch {
	case effect.Of(op, "") == effect.Safe:
		c.Verb = "reads"
	case op.Method == http.MethodDelete:
		c.Verb = "deletes"
	case op.Method == http.MethodPut || op.Method == http.MethodPatch:
		c.Verb = "changes"
	case creates(doc, op):
		c.Verb = "creates"
	default:
		c.What = op.Path
	}
	return c
}

func creates(doc *spec.Document, op *spec.Operation) bool {
	if op.Method != http.MethodPost || strings.HasSuffix(op.Path, "}") {
		return false
	}
	if slices.ContainsFunc(op.Responses, func(r spec.Response) bool { return r.Status == "201" }) {
		return true
	}
	return slices.ContainsFunc(doc.Summaries(), func(s spec.Summary) bool {
		rest, below := strings.CutPrefix(s.Path, strings.TrimRight(op.Path, "/")+"/{")
		return below && strings.HasSuffix(rest, "}") && !strings.Contains(rest, "/")
	})
}

// thing is the last word of a path: "issues" of /repos/{owner}/{repo}/issues/{number}.
func thing(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for _, p := range slices.Backward(parts) {
		if p != "" && !strings.Contains(p, "{") {
			return p
		}
	}
	return path
}

// repeatRule says when the call is repeated by itself.
func repeatRule(s *workflow.Step, class effect.Class) string {
	rule := map[effect.Class]string{
		effect.Safe:       "Safe to repeat: tried again when the API does not answer, is busy or fails.",
		effect.Idempotent: "Repeated it has one effect: tried again when the API does not answer, is busy or fails.",
		effect.Keyed:      "Repeated with one idempotency key it has one effect: tried again when the API does not answer, is busy or fails.",
		effect.Unsafe:     "Not safe to repeat: tried again only where it certainly did not arrive; else a person decides.",
	}[class]
	switch {
	case s.Retry == nil:
	case len(s.Retry) == 0:
		rule += " The plan asks for no further tries."
	default:
		for _, r := range s.Retry {
			rule += fmt.Sprintf(" The plan asks for %s on %s.", tries(r.MaxAttempts), strings.Join(r.Errors, ", "))
		}
	}
	return rule
}

func tries(n int) string {
	switch n {
	case 0:
		n = compile.DefaultAttempts
	case 1:
		return "one more try"
	}
	return fmt.Sprintf("%d more tries", n)
}
