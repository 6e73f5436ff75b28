package spec

import (
	"bytes"
	"encoding/json"
	"mime"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Verdict is what checking a request or an answer found.
type Verdict struct {
	// Problems have paths into what was checked: "/body/…", "/parameters/<name>", or,
	// of an answer, into its body; "/headers/content-type" of both.
	Problems []apierr.Problem
	// Checked is false where nothing was found out: then Why says what stood in the
	// way, in a sentence, and there may still be problems of the media type.
	Checked bool
	Why     string
}

// Answer is an answer to check. JSON is its body, nil where that is no JSON.
type Answer struct {
	Status      int
	ContentType string
	JSON        json.RawMessage
	// Text is a body that is no JSON as a whole: of a media type that holds one item
	// after another, each item is checked.
	Text  []byte
	Empty bool // no body at all
}

// What stands in the way of a check.
const (
	whyStatus  = "The document does not describe this status."
	whyNoBody  = "The document describes no body for this status."
	whyNoJSON  = "Only JSON is checked against a schema."
	whyNoWords = "The document has no schema for this body."
)

// WhyUnchecked is a Verdict's Why where the document does say something, that
// cannot be made use of.
const WhyUnchecked = "What the document says of this cannot be followed (a reference leads out of it, or the schema is too complex): it is unchecked."

// CheckAnswer compares an answer with what the operation says of its status: the
// exact one, else its range ("4XX"), else default; and of its media type: the
// exact one, else its range ("application/*"), else any.
func (d *Document) CheckAnswer(op *Operation, a Answer) Verdict {
	r, ok := op.response(a.Status)
	switch {
	case !ok:
		return Verdict{Why: whyStatus}
	case len(r.Content) == 0:
		return Verdict{Why: whyNoBody}
	case a.Empty && (op.Method == "HEAD" || a.Status == 204 || a.Status == 304):
		return Verdict{Checked: true}
	case a.Empty:
		return Verdict{Checked: true, Problems: []apierr.Problem{{Code: "required", Message: "The document promises a body, and there is none."}}}
	}
	m, ok := mediaFor(r.Content, a.ContentType)
	var v Verdict
	if !ok {
		v.Problems = append(v.Problems, apierr.Problem{Path: "/headers/content-type", Code: "content_type",
			Message: "The document describes " + mediaTypes(r.Content) + " here, not " + rawjson.Cut(bareMedia(a.ContentType), 80) + "."})
		// JSON under another name is still JSON, and its schema is meant.
		if m, ok = mediaFor(r.Content, "application/json"); !ok || a.JSON == nil {
			v.Checked = true
			return v
		}
	}
	if IsSequence(m.Type) {
		return d.checkSequence(v, m, a)
	}
	switch {
	case a.JSON == nil && IsJSON(m.Type):
		v.Checked = true
		v.Problems = append(v.Problems, apierr.Problem{Code: "json", Message: "The body is not JSON."})
		return v
	case a.JSON == nil:
		v.Why = whyNoJSON
		return v
	}
	return d.judge(v, Answered, m.Schema, a.JSON, "")
}

// checkSequence checks the items of a sequence, of which one may be JSON as a whole.
func (d *Document) checkSequence(v Verdict, m MediaType, a Answer) Verdict {
	text := a.Text
	if a.JSON != nil {
		text = a.JSON
		var flat bytes.Buffer
		if json.Compact(&flat, a.JSON) == nil {
			text = flat.Bytes()
		}
	}
	if text == nil {
		v.Why = whyNoJSON
		return v
	}
	list, ok := readSequence(m.Type, text)
	if !ok {
		v.Checked = true
		v.Problems = append(v.Problems, apierr.Problem{Code: "json", Message: "An item of the body is not JSON."})
		return v
	}
	return d.judge(v, Answered, m.Schema, list, "")
}

// judge adds what a schema says of a value.
func (d *Document) judge(v Verdict, dir Direction, schema, value json.RawMessage, at string) Verdict {
	if schema == nil {
		v.Why = whyNoWords
		return v
	}
	problems, checked := d.ValidateAs(dir, schema, value)
	return v.add(problems, checked, at)
}

// add takes over what a validation found at a place.
func (v Verdict) add(problems []apierr.Problem, checked bool, at string) Verdict {
	if !checked {
		v.Why = WhyUnchecked
		return v
	}
	v.Checked = true
	for _, p := range problems {
		p.Path = at + p.Path
		v.Problems = append(v.Problems, p)
	}
	return v
}

// response is what the operation says of a status.
func (o *Operation) response(status int) (best Response, ok bool) {
	exact, rank := strconv.Itoa(status), 0
	for _, r := range o.Responses {
		n := 0
		switch {
		case r.Status == exact:
			n = 3
		case len(r.Status) == 3 && r.Status[0] == exact[0] && strings.EqualFold(r.Status[1:], "XX"):
			n = 2
		case strings.EqualFold(r.Status, "default"):
			n = 1
		}
		if n > rank {
			best, rank = r, n
		}
	}
	return best, rank > 0
}

// mediaFor finds the representation of a content type; an unstated one is the
// first. JSON by any of its names is the same.
func mediaFor(content []MediaType, contentType string) (best MediaType, ok bool) {
	asked, rank := bareMedia(contentType), 0
	if asked == "" && len(content) > 0 {
		return content[0], true
	}
	for _, m := range content {
		have, n := bareMedia(m.Type), 0
		switch {
		case have == asked:
			n = 4
		case IsJSON(have) && IsJSON(asked):
			n = 3
		case strings.HasSuffix(have, "/*") && have != "*/*" && strings.HasPrefix(asked, strings.TrimSuffix(have, "*")):
			n = 2
		case have == "*/*" || have == "*":
			n = 1
		}
		if n > rank {
			best, rank = m, n
		}
	}
	return best, rank > 0
}

func bareMedia(contentType string) string {
	if m, _, err := mime.ParseMediaType(contentType); err == nil {
		return m
	}
	m, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(m))
}

func mediaTypes(content []MediaType) string {
	names := make([]string, 0, 3)
	for _, m := range content[:min(len(content), 3)] {
		names = append(names, rawjson.Cut(m.Type, 60))
	}
	return strings.Join(names, " or ")
}
