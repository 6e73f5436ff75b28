package spec

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// own is a difference that lies in the two documents and not in the mapping: of
// the lines of one that begin so, or hold so, what the other writes.
type own struct {
	why        string
	operations string // their IDs, joined; "" for all
	dialect    string // of the document whose lines are rewritten
	from, to   string
	drop       bool // the line has no other
}

var giteaOwn = []own{
	{why: "3.0 states the format of URLs, 2.0 never", dialect: "3.0", from: " format=uri"},
	{why: "2.0 requires the slash that basePath lacks here", dialect: "3.0", from: "server x/", to: "server /x/"},
	{why: "3.0 names JSON for the shared responses, whatever the operation produces", operations: "renderMarkdown renderMarkdownRaw renderMarkup",
		dialect: "2.0", from: "200 text/html", to: "200 application/json"},
	{why: "the same", operations: "repoDownloadPullDiffOrPatch repoDownloadCommitDiffOrPatch getVerificationToken",
		dialect: "2.0", from: "200 text/plain", to: "200 application/json"},
	{why: "the same, beside JSON", operations: "repoCompareDiff", dialect: "2.0", from: "200 text/plain", drop: true},
	{why: "3.0 requires the file of a form, but not the form", operations: "issueCreateIssueAttachment issueCreateIssueCommentAttachment",
		dialect: "3.0", from: "body required=false", to: "body required=true"},
	{why: "3.0 lists what consumes does, though a form cannot be sent so", operations: "repoCreateReleaseAttachment",
		dialect: "3.0", from: "body application/octet-stream", drop: true},
}

// apply rewrites lines, and tells whether there was anything to do.
func (o own) apply(lines []string, id string) (out []string, used bool) {
	if o.operations != "" && !slices.Contains(strings.Fields(o.operations), id) {
		return lines, false
	}
	for _, line := range lines {
		switch changed := strings.Replace(line, o.from, o.to, 1); {
		case changed == line:
			out = append(out, line)
		case o.drop:
			used = true
		default:
			out, used = append(out, changed), true
		}
	}
	slices.Sort(out)
	return out, used
}

// TestGiteaIsTheSameInBothDialects holds the mapping from Swagger 2 against
// what Gitea itself publishes as OpenAPI 3: all that an operation is made of.
func TestGiteaIsTheSameInBothDialects(t *testing.T) {
	t.Parallel()
	load := func(file string) *Document {
		d, err := Parse(context.Background(), corpusFile(t, file), nil)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	two, three := load("gitea.json.gz"), load("gitea-oas3.json.gz")
	if two.Len() != 482 || three.Len() != 482 {
		t.Fatalf("operations: %d and %d, want 482 each", two.Len(), three.Len())
	}
	if diff := cmp.Diff(two.Info().SecuritySchemes, three.Info().SecuritySchemes); diff != "" {
		t.Errorf("security schemes (-2.0 +3.0):\n%s", diff)
	}
	count, uses := 0, make([]int, len(giteaOwn))
	for _, s := range two.Summaries() {
		lines := map[string][]string{"2.0": facts(t, two, s.ID), "3.0": facts(t, three, s.ID)}
		count += len(lines["2.0"])
		for i, o := range giteaOwn {
			var used bool
			if lines[o.dialect], used = o.apply(lines[o.dialect], s.ID); used {
				uses[i]++
			}
		}
		if diff := cmp.Diff(lines["2.0"], lines["3.0"]); diff != "" {
			t.Errorf("%s (-2.0 +3.0):\n%s", s.ID, diff)
		}
	}
	for i, n := range uses {
		if o := giteaOwn[i]; n == 0 || o.operations != "" && n != len(strings.Fields(o.operations)) {
			t.Errorf("%q is in %d operations: the list of the documents' own differences is not theirs", o.why, n)
		}
	}
	t.Logf("%d facts of 482 operations compared", count)
}

// facts writes an operation line by line, each line by itself to be compared.
func facts(t *testing.T, d *Document, id string) []string {
	op := mustOperation(t, d, id)
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	add("%s %s %s deprecated=%v tags=%q: %s %s", op.ID, op.Method, op.Path, op.Deprecated, op.Tags, op.Summary.Summary, op.Description)
	content := func(where string, types []MediaType) {
		for _, m := range types {
			for _, line := range shapeFacts(d.Shape(m.Schema), 6) {
				add("%s %s%s", where, m.Type, line)
			}
		}
	}
	for _, p := range op.Parameters {
		sent := ""
		if s := d.Shape(p.Schema); s.Is("array") || s.Is("object") { // else they make no difference
			sent = fmt.Sprintf(" style=%s explode=%v", p.Style, p.Explode)
		}
		add("%s %s required=%v deprecated=%v%s: %s", p.In, p.Name, p.Required, p.Deprecated, sent, p.Description)
		for _, line := range shapeFacts(d.Shape(p.Schema), 3) {
			add("%s %s%s", p.In, p.Name, line)
		}
	}
	if op.Body != nil {
		add("body required=%v: %s", op.Body.Required, op.Body.Description)
		content("body", op.Body.Content)
	}
	for _, r := range op.Responses {
		add("%s: %s", r.Status, r.Description)
		content(r.Status, r.Content)
		for name, h := range r.Headers {
			for _, line := range shapeFacts(d.Shape(headerSchema(h)), 2) {
				add("%s header %s%s", r.Status, name, line)
			}
		}
	}
	for _, r := range op.Security {
		add("security %v", r)
	}
	for _, s := range op.Servers {
		add("server %s", s.URL)
	}
	slices.Sort(list)
	return list
}

func headerSchema(h json.RawMessage) json.RawMessage {
	var header struct{ Schema json.RawMessage }
	_ = json.Unmarshal(h, &header)
	return header.Schema
}

// shapeFacts outlines a shape and what it holds, a few levels deep, each with its
// place.
func shapeFacts(s Shape, depth int) []string {
	list := []string{strings.TrimRight(": "+strings.Join(strings.Fields(outline(s)+" "+s.Description()), " "), " ")}
	if depth == 0 {
		return list
	}
	inside := func(place string, s Shape) {
		for _, line := range shapeFacts(s, depth-1) {
			list = append(list, place+line)
		}
	}
	for _, p := range s.Properties() {
		place := "." + p.Name
		if p.Required {
			place += "!"
		}
		inside(place, p.Shape)
	}
	if s.Is("array") {
		inside("[]", s.Items())
	}
	if more, ok := s.Additional(); s.Is("object") {
		if ok {
			inside(".*", more)
		} else {
			list = append(list, " closed")
		}
	}
	return list
}
