package sign

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Scheme says how an API wants its requests signed with an HMAC, as data: which parts
// of the request in which order, and where the result goes. It holds no secret and may
// be shown.
type Scheme struct {
	// Algorithm is sha256, sha512 or sha1. Defaults to sha256.
	Algorithm string `json:"algorithm,omitempty" jsonschema:"enum=sha256,enum=sha512,enum=sha1"`
	// SecretEncoding says how the secret is written: text, hex or base64. Defaults to text.
	SecretEncoding string `json:"secretEncoding,omitempty" jsonschema:"enum=text,enum=hex,enum=base64"`
	// Template is what is signed. {method}, {path}, {query}, {sortedQuery}, {target} (the
	// path, and the query behind a question mark where there is one), {host}, {url},
	// {body}, {bodyHash}, {timestamp}, {nonce} and {header:Name} stand for parts of the
	// request as it is sent.
	Template string `json:"template" jsonschema:"required,minLength=1,maxLength=2000"`
	// In is header or query, Name the header's or parameter's. In defaults to header.
	In   string `json:"in,omitempty" jsonschema:"enum=header,enum=query"`
	Name string `json:"name" jsonschema:"required,maxLength=200"`
	// Encoding is hex, HEX, base64 or base64url. Defaults to hex.
	Encoding string `json:"encoding,omitempty" jsonschema:"enum=hex,enum=HEX,enum=base64,enum=base64url"`
	// Format is what is sent: {signature} within whatever else belongs there, such as
	// "Credential={header:X-Key}&Signature={signature}". Defaults to {signature}.
	Format string `json:"format,omitempty" jsonschema:"maxLength=500"`
	// Timestamp is the time of signing, sent along where it has a name.
	Timestamp *Timestamp `json:"timestamp,omitempty"`
	// Nonce is a value of each request's own, sent along where it has a name.
	Nonce *Nonce `json:"nonce,omitempty"`
	// BodyHash is the body's own digest, sent along where it has a name.
	BodyHash *BodyHash `json:"bodyHash,omitempty"`
}

// Timestamp of a scheme.
type Timestamp struct {
	In   string `json:"in,omitempty" jsonschema:"enum=header,enum=query"`
	Name string `json:"name,omitempty" jsonschema:"maxLength=200"`
	// Unit is s, ms, us, iso (RFC 3339 with milliseconds, UTC), compact
	// (20060102T150405Z) or http (RFC 9110). Defaults to s.
	Unit string `json:"unit,omitempty" jsonschema:"enum=s,enum=ms,enum=us,enum=iso,enum=compact,enum=http"`
	// Ahead is how many seconds are added, where the API wants the time at which the
	// request expires.
	Ahead int `json:"ahead,omitempty" jsonschema:"minimum=0,maximum=3600"`
}

// Nonce of a scheme.
type Nonce struct {
	In   string `json:"in,omitempty" jsonschema:"enum=header,enum=query"`
	Name string `json:"name,omitempty" jsonschema:"maxLength=200"`
	// Kind is uuid, hex (32 digits) or number (of microseconds: it grows). Defaults to uuid.
	Kind string `json:"kind,omitempty" jsonschema:"enum=uuid,enum=hex,enum=number"`
}

// BodyHash of a scheme.
type BodyHash struct {
	In   string `json:"in,omitempty" jsonschema:"enum=header,enum=query"`
	Name string `json:"name,omitempty" jsonschema:"maxLength=200"`
	// Algorithm is sha256, sha512, sha1 or md5. Defaults to sha256.
	Algorithm string `json:"algorithm,omitempty" jsonschema:"enum=sha256,enum=sha512,enum=sha1,enum=md5"`
	// Encoding is as the signature's. Defaults to hex.
	Encoding string `json:"encoding,omitempty" jsonschema:"enum=hex,enum=HEX,enum=base64,enum=base64url"`
	// SkipEmpty leaves it out, and empty in the template, where there is no body.
	SkipEmpty bool `json:"skipEmpty,omitempty"`
}

const (
	maxTemplate = 2000
	maxFormat   = 500
	maxField    = 200
	maxAhead    = 3600
)

// Place is a part of a request that a signature fills.
type Place struct{ In, Name string }

// Places are the parts of a request that the scheme fills.
func (s Scheme) Places() []Place {
	out := []Place{{orHeader(s.In), s.Name}}
	add := func(in, name string) {
		if name != "" {
			out = append(out, Place{orHeader(in), name})
		}
	}
	if t := s.Timestamp; t != nil {
		add(t.In, t.Name)
	}
	if n := s.Nonce; n != nil {
		add(n.In, n.Name)
	}
	if b := s.BodyHash; b != nil {
		add(b.In, b.Name)
	}
	return out
}

func orHeader(in string) string {
	if in == "" {
		return "header"
	}
	return in
}

// Check tells what is wrong with the scheme.
func (s Scheme) Check() []Fault {
	c := checker{}
	c.oneOf(s.Algorithm, []string{"sha256", "sha512", "sha1"}, "algorithm")
	c.oneOf(s.SecretEncoding, []string{"text", "hex", "base64"}, "secretEncoding")
	c.oneOf(s.Encoding, encodings, "encoding")
	c.place(s.In, s.Name, true)
	if s.Template == "" {
		c.add("required", "Say what is signed, such as {timestamp}{method}{target}{body}.", "template")
	}
	c.template(s, s.Template, maxTemplate, false, "template")
	c.template(s, s.Format, maxFormat, true, "format")
	if s.Format != "" && !strings.Contains(s.Format, "{signature}") {
		c.add("format", "What is sent needs {signature} in it.", "format")
	}
	if t := s.Timestamp; t != nil {
		c.place(t.In, t.Name, false, "timestamp")
		c.oneOf(t.Unit, []string{"s", "ms", "us", "iso", "compact", "http"}, "timestamp", "unit")
		if t.Ahead < 0 || t.Ahead > maxAhead {
			c.add("range", "Give 0 to "+strconv.Itoa(maxAhead)+" seconds.", "timestamp", "ahead")
		}
	}
	if n := s.Nonce; n != nil {
		c.place(n.In, n.Name, false, "nonce")
		c.oneOf(n.Kind, []string{"uuid", "hex", "number"}, "nonce", "kind")
	}
	if b := s.BodyHash; b != nil {
		c.place(b.In, b.Name, false, "bodyHash")
		c.oneOf(b.Algorithm, []string{"sha256", "sha512", "sha1", "md5"}, "bodyHash", "algorithm")
		c.oneOf(b.Encoding, encodings, "bodyHash", "encoding")
	}
	seen := map[string]bool{}
	for _, p := range s.Places() {
		key := p.In + " " + strings.ToLower(p.Name)
		if p.Name != "" && seen[key] {
			c.add("exclusive", "Two parts of the signature go to the same place: "+p.In+" "+p.Name+".", "name")
		}
		seen[key] = true
	}
	return c.faults
}

var encodings = []string{"hex", "HEX", "base64", "base64url"}

type checker struct{ faults []Fault }

func (c *checker) add(code, message string, path ...string) {
	c.faults = append(c.faults, Fault{path, code, message})
}

func (c *checker) oneOf(v string, all []string, path ...string) {
	if v != "" && !slices.Contains(all, v) {
		c.add("enum", "Use "+strings.Join(all[:len(all)-1], ", ")+" or "+all[len(all)-1]+".", path...)
	}
}

func (c *checker) place(in, name string, needed bool, path ...string) {
	c.oneOf(in, []string{"header", "query"}, append(slices.Clone(path), "in")...)
	at := append(slices.Clone(path), "name")
	switch {
	case name == "" && !needed:
	case name == "" || len(name) > maxField:
		c.add("format", "A name has 1 to "+strconv.Itoa(maxField)+" characters.", at...)
	case in == "query":
		if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			c.add("format", "A parameter's name has no spaces or control characters.", at...)
		}
	case !httpguts.ValidHeaderFieldName(name):
		c.add("format", "This is not a valid name (RFC 9110, token): use letters, digits and hyphens.", at...)
	}
}

// template checks the placeholders. What is sent may not repeat whole parts of the
// request, and only it has the signature.
func (c *checker) template(s Scheme, template string, most int, sent bool, path string) {
	if len(template) > most {
		c.add("too_long", "At most "+strconv.Itoa(most)+" characters.", path)
		return
	}
	if sent && !httpguts.ValidHeaderFieldValue(template) {
		c.add("format", "Line breaks and control characters are not allowed.", path)
	}
	for _, p := range parse(template) {
		if !p.isName {
			if strings.ContainsAny(p.text, "{}") {
				c.add("format", "The braces do not match.", path)
				return
			}
			continue
		}
		name, header, _ := strings.Cut(p.text, ":")
		known := []string{"method", "path", "query", "sortedQuery", "target", "host", "url", "body", "bodyHash", "timestamp", "nonce"}
		if sent {
			known = []string{"signature", "bodyHash", "timestamp", "nonce"}
		}
		switch {
		case name == "header" && httpguts.ValidHeaderFieldName(header):
		case !slices.Contains(known, p.text):
			c.add("unknown_name", "There is no {"+short(p.text)+"} here: use {"+strings.Join(known, "}, {")+"} or {header:Name}.", path)
		case p.text == "timestamp" && s.Timestamp == nil:
			c.add("required", "Say how the timestamp is written: {timestamp} is used.", "timestamp")
		case p.text == "nonce" && s.Nonce == nil:
			c.add("required", "Say how the nonce is made: {nonce} is used.", "nonce")
		case p.text == "bodyHash" && s.BodyHash == nil:
			c.add("required", "Say how the body is hashed: {bodyHash} is used.", "bodyHash")
		}
	}
}

func short(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

// part of a template: text, or a name that stood in braces.
type part struct {
	text   string
	isName bool
}

func parse(template string) []part {
	var out []part
	for template != "" {
		before, rest, open := strings.Cut(template, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !open || !closed {
			return append(out, part{text: template})
		}
		if before != "" {
			out = append(out, part{text: before})
		}
		out = append(out, part{text: name, isName: true})
		template = after
	}
	return out
}
