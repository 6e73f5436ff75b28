package openai_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/draft"
)

// edits is an answer that edits the last plan; each part is the inside of an edit
// in which what is not given is empty.
func edits(parts ...string) string {
	var all []string
	for _, p := range parts {
		for name, empty := range map[string]string{"words": `"book"`, "step": `""`, "after": `""`, "new_step": "null", "argument": "null", "for_each": "null", "only_if": "null"} {
			if !strings.Contains(p, `"`+name+`":`) {
				p += fmt.Sprintf(`,%q:%s`, name, empty)
			}
		}
		all = append(all, "{"+p+"}")
	}
	return `{"possible":true,"reason":"","name":"","kind":"edit","steps":[],"edits":[` + strings.Join(all, ",") + `]}`
}

// arg is an argument of an edit.
func arg(in, name, source, value string) string {
	return fmt.Sprintf(`"argument":{"in":%q,"name":%q,"source":%q,"value":%q,"step":"","path":[],"pick":"first"}`, in, name, source, value)
}

// lastPlan has books, gone (for each book, if there are some) and tell (takes
// from books).
func lastPlan(t *testing.T) plan.DraftRequest {
	t.Helper()
	req := request(t, goal)
	res, err := model(t, script(t, reply{Content: answer("api1/deleteBook", "id")})).Draft(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	req.Last, req.Goal = res.Draft, "something else about the book"
	return req
}

func TestEdits(t *testing.T) {
	t.Parallel()
	const rebound = `"do":"set_argument","step":"tell",` // tell takes from books
	for _, tt := range []struct {
		name    string
		content string
		changes []draft.Change
		problem string
	}{
		{name: "set", content: edits(`"do":"set_argument","step":"books",` + arg("query", "genre", "literal", `"poetry"`)),
			changes: []draft.Change{{Kind: draft.Argument, Step: "books", Argument: "query:genre", From: `"crime"`, To: `"poetry"`}}},
		{name: "set one that was not given", content: edits(`"do":"set_argument","step":"books",` + arg("query", "limit", "literal", "5")),
			changes: []draft.Change{{Kind: draft.Argument, Step: "books", Argument: "query:limit", To: "5"}}},
		{name: "unset", content: edits(`"do":"unset_argument","step":"books",` + arg("query", "genre", "literal", "")),
			changes: []draft.Change{{Kind: draft.Argument, Step: "books", Argument: "query:genre", From: `"crime"`}}},
		{name: "unset a required one", content: edits(`"do":"unset_argument","step":"tell",` + arg("body", "text", "literal", "")),
			changes: []draft.Change{{Kind: draft.Argument, Step: "tell", Argument: "body:text", From: "books/data/*/title", To: "your answer"}}},
		{name: "add", content: edits(`"do":"add_step","after":"books","new_step":{"id":"people","operation":"api1/listMembers","why":"","for_each":null,"only_if":null,"arguments":[]}`),
			changes: []draft.Change{{Kind: draft.Added, Step: "people", To: "“List members” in Town Library"}}},
		{name: "remove", content: edits(`"do":"remove_step","step":"gone"`),
			changes: []draft.Change{{Kind: draft.Removed, Step: "gone", From: "“Delete a book” in Town Library"}}},
		{name: "move", content: edits(`"do":"move_step","step":"tell","after":"books"`),
			changes: []draft.Change{{Kind: draft.Moved, Step: "tell", To: "after books"}}},
		{name: "condition away", content: edits(`"do":"set_only_if","step":"gone"`),
			changes: []draft.Change{{Kind: draft.Condition, Step: "gone", From: "total > 0"}}},
		{name: "another condition", content: edits(`"do":"set_only_if","step":"tell","only_if":{"step":"books","path":["total"],"compare":"=","value":"0"}`),
			changes: []draft.Change{{Kind: draft.Condition, Step: "tell", To: "total = 0"}}},
		{name: "loop away, and what took from it", content: edits(`"do":"set_for_each","step":"gone"`, `"do":"set_argument","step":"gone",`+arg("path", "bookId", "literal", "7")),
			changes: []draft.Change{{Kind: draft.Argument, Step: "gone", Argument: "path:bookId", From: "the item id", To: "7"}, {Kind: draft.Repeat, Step: "gone", From: "books/data"}}},
		{name: "remove, and what took from it", content: edits(`"do":"remove_step","step":"books"`, `"do":"remove_step","step":"gone"`, rebound+arg("body", "text", "input", "What?")),
			changes: []draft.Change{{Kind: draft.Removed, Step: "books", From: "“List books” in Town Library"}, {Kind: draft.Removed, Step: "gone", From: "“Delete a book” in Town Library"},
				{Kind: draft.Argument, Step: "tell", Argument: "body:text", From: "books/data/*/title", To: "your answer"}}},

		{name: "loop away alone", content: edits(`"do":"set_for_each","step":"gone"`), problem: "an item that is no more"},
		{name: "remove what others take from", content: edits(`"do":"remove_step","step":"books"`), problem: `only_if of step "gone" takes from step "books", which is not before it`},
		{name: "move before what it takes from", content: edits(`"do":"move_step","step":"tell"`), problem: `argument body:text of step "tell" takes from step "books"`},
		{name: "remove everything", content: edits(`"do":"remove_step","step":"tell"`, `"do":"remove_step","step":"gone"`, `"do":"remove_step","step":"books"`), problem: "No step is left"},
		{name: "operation that was not offered", content: edits(`"do":"add_step","new_step":{"id":"x","operation":"api2/deleteEverything","why":"","for_each":null,"only_if":null,"arguments":[]}`), problem: "not one of those offered"},
		{name: "id that there is", content: edits(`"do":"add_step","new_step":{"id":"tell","operation":"api1/listMembers","why":"","for_each":null,"only_if":null,"arguments":[]}`), problem: "is used twice"},
		{name: "new step takes from a later one", content: edits(`"do":"add_step","new_step":{"id":"x","operation":"api1/listMembers","why":"","for_each":{"step":"books","path":["data"]},"only_if":null,"arguments":[]}`), problem: "none before this one"},
		{name: "no such argument", content: edits(`"do":"set_argument","step":"books",` + arg("query", "colour", "literal", "1")), problem: `no query argument "colour"`},
		{name: "unset what is not bound", content: edits(`"do":"unset_argument","step":"books",` + arg("query", "limit", "literal", "")), problem: "is not bound"},
		{name: "no argument", content: edits(`"do":"set_argument","step":"books"`), problem: "argument is missing"},
		{name: "no step", content: edits(`"do":"remove_step","step":"nope"`), problem: `no step "nope"`},
		{name: "no new step", content: edits(`"do":"add_step"`), problem: "new_step is missing"},
		{name: "after no step", content: edits(`"do":"move_step","step":"tell","after":"nope"`), problem: `no other step "nope"`},
		{name: "after itself", content: edits(`"do":"move_step","step":"tell","after":"tell"`), problem: `no other step "tell"`},
		{name: "no such edit", content: edits(`"do":"replace_all","step":"tell"`), problem: `no edit "replace_all"`},
		{name: "no edits", content: edits(), problem: "There are no edits"},
		{name: "a whole plan beside", content: strings.Replace(answer("api1/deleteBook", "id"), `"possible":true`, `"possible":true,"kind":"edit","edits":[{}]`, 1), problem: `has "edits" and no "steps"`},
		{name: "a whole plan without a kind", content: answer("api1/deleteBook", "id"), problem: `"kind" is`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := lastPlan(t)
			before, err := req.Last.Encode()
			if err != nil {
				t.Fatal(err)
			}
			res, err := model(t, script(t, reply{Content: tt.content})).Draft(context.Background(), req)
			if after, _ := req.Last.Encode(); string(after) != string(before) {
				t.Errorf("the last plan itself was changed:\n%s\n%s", before, after)
			}
			if tt.problem != "" {
				var failed *plan.ModelError
				if !errors.As(err, &failed) || !strings.Contains(strings.Join(failed.Problems, "\n"), tt.problem) {
					t.Errorf("err %v, want %q", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err, err.(*plan.ModelError).Problems)
			}
			var moved []string
			for _, e := range res.Edits {
				if e.Kind == draft.Moved {
					moved = append(moved, e.Step)
				}
				if e.Words != "book" {
					t.Errorf("words %q", e.Words)
				}
			}
			changes := draft.Diff(req.Last, res.Draft, moved...)
			if diff := cmp.Diff(tt.changes, changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			for _, c := range changes {
				if !slices.ContainsFunc(res.Edits, func(e plan.Edit) bool { return e.Kind == c.Kind && e.Step == c.Step && e.Argument == c.Argument }) {
					t.Errorf("%+v is named by no edit", c)
				}
			}
			if _, err := res.Draft.Compose(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The model is told the last plan in the words of its own answers.
func TestLastPlanIsShown(t *testing.T) {
	t.Parallel()
	req := lastPlan(t)
	req.Candidates = []*draft.Draft{req.Last, {Name: "Other", Steps: []*draft.Step{{ID: "wait", Approval: "Go on?"}}}}
	s := script(t, reply{Content: edits(`"do":"remove_step","step":"gone"`)})
	if _, err := model(t, s).Draft(context.Background(), req); err != nil {
		t.Fatal(err)
	}
	data := s.read(t, 0).data(t)
	for _, at := range []string{"api1/listBooks", "api1/deleteBook", "api2/sendMessage"} {
		if got := fmt.Sprint(data["last_plan"]); !strings.Contains(got, at) {
			t.Errorf("%s is not in the last plan: %s", at, got)
		}
	}
	if got := fmt.Sprint(data["candidates"]); !strings.Contains(got, "Go on?") || strings.Contains(got, "listBooks") {
		t.Errorf("candidates %s", got)
	}
}
