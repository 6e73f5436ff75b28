package diff

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// Compare tells what changed from one document to a newer one of the same API, of
// whatever dialect each is. It ends early, with what it has, when ctx does.
func Compare(ctx context.Context, old, now *spec.Document) Result {
	c := &comparison{old: old, now: now, before: newReach(old), after: newReach(now), pairs: map[pairKey]*pair{}}
	c.servers("", old.Info().Servers, now.Info().Servers)
	kept := map[string]bool{}
	renamed := c.templates()
	for _, sum := range old.Summaries() {
		if ctx.Err() != nil {
			break
		}
		if id := c.operation(sum, renamed); id != "" {
			kept[id] = true
		}
	}
	for _, sum := range now.Summaries() {
		if !kept[sum.ID] {
			c.Added++
			c.put(Change{Operation: sum.ID, Code: OperationAdded, Message: route(sum) + " is new."})
		}
	}
	return c.Result
}

// comparison is one run of Compare.
type comparison struct {
	Result
	old, now      *spec.Document
	before, after *reach
	pairs         map[pairKey]*pair

	op string // id of the operation at hand, in the old document
}

func route(s spec.Summary) string { return s.Method + " " + s.Path }

// template is a route with the names of its path's parameters left out.
func template(s spec.Summary) string {
	var b strings.Builder
	b.WriteString(s.Method + " ")
	depth := 0
	for _, c := range s.Path {
		switch {
		case c == '{':
			if depth++; depth == 1 {
				b.WriteString("{}")
			}
		case c == '}':
			depth--
		case depth <= 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// templates finds operations of the new document whose routes differ in nothing
// but their parameters' names, where that is the only one of its form.
func (c *comparison) templates() map[string]string {
	found := map[string]string{}
	for _, sum := range c.now.Summaries() {
		key := template(sum)
		if _, twice := found[key]; twice {
			found[key] = ""
			continue
		}
		found[key] = route(sum)
	}
	return found
}

// operation compares one operation of the old document, and returns the id of
// its successor, "" where there is none.
func (c *comparison) operation(sum spec.Summary, templates map[string]string) string {
	after, err := c.now.Operation(route(sum))
	moved := false
	if err != nil && templates[template(sum)] != "" {
		after, err = c.now.Operation(templates[template(sum)])
	}
	if err != nil {
		// By id last: generated ids repeat and wander, routes do not.
		after, err = c.now.Operation(sum.ID)
		moved = true
	}
	c.op = sum.ID
	if err != nil {
		c.Removed++
		c.tell(true, OperationRemoved, "", "%s is gone.", route(sum))
		return ""
	}
	if sum.ID == after.ID && route(sum) == route(after.Summary) && c.same(sum, after.Summary) {
		return after.ID
	}
	before, err := c.old.Operation(sum.ID)
	if err != nil {
		return after.ID
	}
	c.Changed++
	told := c.BreakingCount + c.HarmlessCount
	if moved {
		c.tell(true, OperationMoved, "", "%s is now %s.", route(sum), route(after.Summary))
	}
	if after.ID != sum.ID {
		if _, err := c.now.Operation(sum.ID); err != nil {
			c.tell(true, OperationRenamed, "", "%s is now called %s.", sum.ID, after.ID)
		}
	}
	c.detail(before, after)
	if c.BreakingCount+c.HarmlessCount == told {
		c.tell(false, TextChanged, "", "Words, examples or the order of things changed; nothing that a call depends on.")
	}
	return after.ID
}

// same says whether an operation and all it refers to has the same bytes in both.
func (c *comparison) same(old, now spec.Summary) bool {
	before, ok := c.before.operation(old)
	if !ok {
		return false
	}
	after, ok := c.after.operation(now)
	return ok && before == after
}

func (c *comparison) detail(before, after *spec.Operation) {
	if after.Deprecated && !before.Deprecated {
		c.tell(false, OperationDeprecated, "", "It is called deprecated now.")
	}
	if !sameServers(before.Servers, c.old.Info().Servers) || !sameServers(after.Servers, c.now.Info().Servers) {
		c.servers(c.op, before.Servers, after.Servers)
	}
	c.security(before, after)
	c.parameters(before, after)
	c.body(before.Body, after.Body, before, after)
	c.answers(before, after)
}

func (c *comparison) tell(breaking bool, code, path, format string, args ...any) {
	c.put(Change{Operation: c.op, Code: code, Path: path, Message: fmt.Sprintf(format, args...), Breaking: breaking})
}

// servers compares base URLs. A connection keeps the one it has, so that it
// breaks where none of the old ones is left.
func (c *comparison) servers(op string, before, after []spec.Server) {
	if len(before) == 0 || sameServers(before, after) {
		return
	}
	c.op = op
	kept := slices.ContainsFunc(before, func(s spec.Server) bool { return slices.Contains(addresses(after), address(s)) })
	c.tell(!kept, ServerChanged, "", "The servers were %s and are %s.", words(addresses(before)), words(addresses(after)))
}

func sameServers(a, b []spec.Server) bool { return slices.Equal(addresses(a), addresses(b)) }

// address is a server's URL with its variables at their defaults.
func address(s spec.Server) string {
	url := s.URL
	for name, v := range s.Variables {
		url = strings.ReplaceAll(url, "{"+name+"}", v.Default)
	}
	return strings.TrimSuffix(url, "/")
}

func addresses(list []spec.Server) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = address(s)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// words joins at most six names.
func words(list []string) string {
	switch {
	case len(list) == 0:
		return "none"
	case len(list) > 6:
		return strings.Join(list[:6], ", ") + fmt.Sprintf(" and %d more", len(list)-6)
	}
	return strings.Join(list, ", ")
}
