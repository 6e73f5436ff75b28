package mask

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/secret"
)

// Body masks a message's body by the secrets and by the names of its fields. What
// is said to be JSON but is not is masked as text.
func (m *Masker) Body(contentType string, body []byte) []byte {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = ""
	}
	if mediaType == "application/x-www-form-urlencoded" {
		return []byte(m.Query(string(body)))
	}
	if out, err := m.stream(body, true); err == nil {
		return out
	}
	return []byte(m.Text(string(body)))
}

// Value masks the secrets inside a JSON value and leaves its fields, whatever
// their names: it is data that a workflow works with.
func (m *Masker) Value(raw json.RawMessage) json.RawMessage {
	if m == nil || m.replacer == nil && len(m.exact) == 0 {
		return raw
	}
	out, err := m.stream(raw, false)
	if err != nil {
		return json.RawMessage(m.Text(string(raw)))
	}
	return out
}

// stream copies JSON token by token, so that order, repeated keys and numbers
// stay as they were, and an escaped spelling hides nothing.
func (m *Masker) stream(raw []byte, byName bool) ([]byte, error) {
	loose := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	dec := jsontext.NewDecoder(bytes.NewReader(raw), loose...)
	var out bytes.Buffer
	out.Grow(len(raw))
	enc := jsontext.NewEncoder(&out, loose...)
	hide := 0 // the depth below which everything is under a sensitive name
	next := false
	for {
		tok, err := dec.ReadToken()
		if err == io.EOF && out.Len() > 0 {
			return bytes.TrimRight(out.Bytes(), "\n"), nil
		}
		if err != nil {
			return nil, err
		}
		kind, length := dec.StackIndex(dec.StackDepth())
		isName := tok.Kind() == '"' && kind == '{' && length%2 == 1
		switch {
		case isName:
			name := tok.String()
			next = byName && Sensitive(name)
			tok = jsontext.String(m.Text(name))
		case tok.Kind() == '{' || tok.Kind() == '[':
			if next && hide == 0 {
				hide = dec.StackDepth()
			}
			next = false
		case tok.Kind() == '}' || tok.Kind() == ']':
			if dec.StackDepth() < hide {
				hide = 0
			}
		default:
			tok = m.scalar(tok, next || hide > 0)
			next = false
		}
		if err := enc.WriteToken(tok); err != nil {
			return nil, err
		}
		if dec.StackDepth() == 0 {
			if _, err := dec.ReadToken(); err != io.EOF {
				return nil, io.ErrUnexpectedEOF // more than one value: not a JSON text
			}
			return bytes.TrimRight(out.Bytes(), "\n"), nil
		}
	}
}

func (m *Masker) scalar(tok jsontext.Token, hidden bool) jsontext.Token {
	switch tok.Kind() {
	case '"':
		s := tok.String()
		if hidden && s != "" {
			return jsontext.String(secret.Redacted)
		}
		return jsontext.String(m.Text(s))
	case '0':
		if s := tok.String(); hidden || m.Text(s) != s {
			return jsontext.String(secret.Redacted)
		}
	}
	return tok // it is written before the next is read
}

// Query masks a query string or form: names that tell, and the secrets.
func (m *Masker) Query(raw string) string {
	if raw == "" {
		return ""
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, value, has := strings.Cut(part, "=")
		if has && value != "" && m.sensitive(fieldName(name)) {
			parts[i] = m.Text(name) + "=" + secret.Redacted
			continue
		}
		parts[i] = m.queryPart(name, value, has)
	}
	return m.Text(strings.Join(parts, "&"))
}
