package twin

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// acceptable is the operation with the answers alone that a request accepts (RFC
// 9110, section 12.5.1); ok is false where it describes a successful one, and
// accepts none. No Accept field accepts all.
func acceptable(op *spec.Operation, fields []string) (narrowed *spec.Operation, ok bool) {
	ranges := acceptRanges(fields)
	if len(ranges) == 0 {
		return op, true
	}
	out := *op
	out.Responses = slices.Clone(op.Responses)
	described, left := false, false
	for i, r := range out.Responses {
		if !succeeds(r.Status) || len(r.Content) == 0 {
			left = left || succeeds(r.Status)
			continue
		}
		described = true
		r.Content = slices.DeleteFunc(slices.Clone(r.Content), func(m spec.MediaType) bool { return !takes(ranges, m.Type) })
		out.Responses[i].Content = r.Content
		left = left || len(r.Content) > 0
	}
	return &out, left || !described
}

// succeeds says whether a status is one that the twin answers with.
func succeeds(status string) bool {
	return strings.HasPrefix(status, "2") || strings.EqualFold(status, "default")
}

// acceptRange is a range of media types and whether it is taken at all.
type acceptRange struct {
	media string
	taken bool
}

func acceptRanges(fields []string) []acceptRange {
	var list []acceptRange
	for part := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		list = append(list, acceptRange{media, err != nil || q > 0})
	}
	return list
}

// takes goes by the most particular range of the type.
func takes(ranges []acceptRange, media string) bool {
	have := bare(media)
	taken, rank := false, 0
	for _, r := range ranges {
		n := 0
		switch prefix, group := strings.CutSuffix(r.media, "/*"); {
		case r.media == have, strings.Contains(have, "*"): // a range of the document's is what is asked for
			n = 3
		case r.media == "*/*":
			n = 1
		case group && strings.HasPrefix(have, prefix+"/"):
			n = 2
		}
		if n > rank {
			taken, rank = r.taken, n
		}
	}
	return taken
}

// authorised says whether a request carries what one of the operation's security
// requirements names, each in its place. Which credential it is does not matter.
func authorised(info spec.Info, op *spec.Operation, r *http.Request) bool {
	if len(op.Security) == 0 {
		return true
	}
	return slices.ContainsFunc(op.Security, func(needed spec.Requirement) bool {
		for name := range needed {
			if !carries(r, info.SecuritySchemes[name]) {
				return false
			}
		}
		return true
	})
}

func carries(r *http.Request, s spec.SecurityScheme) bool {
	authorization := r.Header.Get("Authorization")
	switch {
	case s.Type == "apiKey" && s.In == "query":
		return r.URL.Query().Get(s.Name) != ""
	case s.Type == "apiKey" && s.In == "cookie":
		c, err := r.Cookie(s.Name)
		return err == nil && c.Value != ""
	case s.Type == "apiKey":
		return r.Header.Get(s.Name) != ""
	case s.Type == "http" && (strings.EqualFold(s.Scheme, "basic") || strings.EqualFold(s.Scheme, "bearer")):
		scheme, value, _ := strings.Cut(authorization, " ")
		return strings.EqualFold(scheme, s.Scheme) && strings.TrimSpace(value) != ""
	case s.Type == "mutualTLS":
		return true // the twin sees no certificate
	}
	return authorization != ""
}
