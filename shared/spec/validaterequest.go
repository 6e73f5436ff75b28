package spec

import (
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Request is a request to check, by values: what goes over the wire is made of
// them by style and media type.
type Request struct {
	// Parameters are JSON values by name, or by "in.name" where a name is in two
	// places. null counts as not given.
	Parameters map[string]json.RawMessage
	// ContentType chooses among the operation's bodies; "" is what BodySchema picks.
	ContentType string
	// Body is the value; of a form or multipart body an object by field, in which a
	// file stands as {"$file": …} or as text.
	Body json.RawMessage
}

// CheckRequest compares a request with what the operation asks for. Texts count
// as the numbers and booleans that they spell where there is no telling them
// apart on the wire: in parameters and forms.
func (d *Document) CheckRequest(op *Operation, r Request) Verdict {
	v := Verdict{Checked: true}
	for _, p := range op.Parameters {
		value, given := r.Parameters[p.In+"."+p.Name]
		if !given {
			value, given = r.Parameters[p.Name]
		}
		at := pointer("/parameters", p.Name)
		switch {
		case p.Ignored():
		case !given || rawjson.Kind(value) == 'n':
			if p.Required && !p.Automatic() {
				v.Problems = append(v.Problems, apierr.Problem{Path: at, Code: "required", Message: "The parameter is required."})
			}
		case p.Schema != nil:
			v = d.judgeText(v, p.Schema, value, at)
		}
	}
	return d.checkBody(v, op, r)
}

func (d *Document) checkBody(v Verdict, op *Operation, r Request) Verdict {
	if op.Body == nil {
		return v
	}
	if r.Body == nil {
		if op.Body.Required {
			v.Problems = append(v.Problems, apierr.Problem{Path: "/body", Code: "required", Message: "The body is required."})
		}
		return v
	}
	asked := r.ContentType
	if asked == "" {
		asked, _, _ = op.BodySchema()
	}
	m, ok := mediaFor(op.Body.Content, asked)
	if !ok && len(op.Body.Content) > 0 {
		v.Problems = append(v.Problems, apierr.Problem{Path: "/headers/content-type", Code: "content_type",
			Message: "The operation takes " + mediaTypes(op.Body.Content) + ", not " + rawjson.Cut(bareMedia(asked), 80) + "."})
		return v
	}
	switch media := bareMedia(m.Type); {
	case m.Schema == nil:
	case IsJSON(media) || media == "*/*" || media == "application/*":
		v = d.judge(v, Sent, m.Schema, r.Body, "/body")
	case strings.HasPrefix(media, "multipart/") || media == mediaForm:
		v = d.judgeText(v, m.Schema, r.Body, "/body")
	default:
		v.Checked, v.Why = false, whyNoJSON
	}
	return v
}
