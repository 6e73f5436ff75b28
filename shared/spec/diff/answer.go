package diff

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// answers compares what a call that went well gives. Answers of failures are
// read by nobody but people: what changes in them is harmless.
func (c *comparison) answers(before, after *spec.Operation) {
	good := successes(before.Responses)
	for _, r := range before.Responses {
		success := slices.Contains(good, r.Status)
		i := slices.IndexFunc(after.Responses, func(x spec.Response) bool { return x.Status == r.Status })
		if i < 0 {
			// A range or default takes the place of what it covers.
			if i = slices.IndexFunc(after.Responses, func(x spec.Response) bool { return success && covers(x.Status, r.Status) }); i < 0 {
				c.tell(success, StatusRemoved, "answer."+r.Status, "The answer %s is gone.", r.Status)
				continue
			}
		}
		if success {
			c.answer("answer."+r.Status, r, after.Responses[i])
		}
	}
	for _, r := range after.Responses {
		if !slices.ContainsFunc(before.Responses, func(x spec.Response) bool { return x.Status == r.Status }) {
			c.tell(false, StatusAdded, "answer."+r.Status, "The answer %s is new.", r.Status)
		}
	}
}

// successes are the statuses of answers that went well; default where nothing
// else is said.
func successes(list []spec.Response) []string {
	var good []string
	for _, r := range list {
		if strings.HasPrefix(r.Status, "2") {
			good = append(good, r.Status)
		}
	}
	if good == nil && slices.ContainsFunc(list, func(r spec.Response) bool { return r.Status == "default" }) {
		good = []string{"default"}
	}
	return good
}

func covers(status, other string) bool {
	return status == "2XX" && strings.HasPrefix(other, "2") && other != "default"
}

func (c *comparison) answer(at string, was, is spec.Response) {
	for _, name := range slices.Sorted(maps.Keys(was.Headers)) {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(is.Headers)), func(n string) bool { return strings.EqualFold(n, name) }) {
			c.tell(promised(was.Headers[name]), HeaderRemoved, at+".headers."+name, "The header %s is gone.", name)
		}
	}
	read, ok := readAs(was.Content)
	for _, m := range was.Content {
		if !hasMedia(is.Content, m.Type) {
			c.tell(m.Type == read.Type, MediaTypeRemoved, at, "The answer does not come as %s any more.", m.Type)
		}
	}
	for _, m := range is.Content {
		if !hasMedia(was.Content, m.Type) {
			c.tell(false, MediaTypeAdded, at, "The answer may come as %s now.", m.Type)
		}
	}
	if ok && hasMedia(is.Content, read.Type) {
		c.schema(sideAnswer, at, read.Schema, schemaOf(is.Content, read.Type))
	}
}

// promised says whether a header is declared to be always there.
func promised(header json.RawMessage) bool {
	var h struct {
		Required bool `json:"required"`
	}
	return json.Unmarshal(header, &h) == nil && h.Required
}

// readAs is the representation that steps read: JSON, else the first.
func readAs(list []spec.MediaType) (spec.MediaType, bool) {
	for _, m := range list {
		if strings.Contains(m.Type, "json") {
			return m, true
		}
	}
	if len(list) == 0 {
		return spec.MediaType{}, false
	}
	return list[0], true
}
