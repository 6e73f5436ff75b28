// Package effect owns the judgement of what a call does to the world: whether
// sending it twice does harm (Class), and how bad a mistake would be (Level). It
// reads an operation's description only; it never calls, stores or retries.
package effect

import (
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// Class says whether a request may be sent again when its outcome is not known.
type Class string

// The classes of docs/workflow.md.
const (
	Safe       Class = "safe"       // GET, HEAD, OPTIONS: changes nothing
	Idempotent Class = "idempotent" // PUT, DELETE: twice is once
	Keyed      Class = "keyed"      // takes an idempotency key: twice with one key is once
	Unsafe     Class = "unsafe"     // any other: twice is two
)

// Repeatable says whether a request of the class may be sent again at any time.
func (c Class) Repeatable() bool { return c == Safe || c == Idempotent || c == Keyed }

// Of gives the class of an operation; nil is Unsafe, for what is not known is
// never repeated. keyHeader is the header in which the connection's settings say that
// the API takes idempotency keys; empty where they say nothing.
func Of(op *spec.Operation, keyHeader string) Class {
	if op == nil {
		return Unsafe
	}
	switch strings.ToUpper(op.Method) {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "QUERY":
		return Safe
	case http.MethodPut, http.MethodDelete:
		return Idempotent
	}
	if _, _, ok := KeyParameter(op, keyHeader); ok {
		return Keyed
	}
	return Unsafe
}

// Extension is the extension by which a document says that an operation takes an
// idempotency key: true, or the header's name.
const Extension = "x-idempotent"

// DefaultHeader is the header of draft-ietf-httpapi-idempotency-key-header.
const DefaultHeader = "Idempotency-Key"

// KeyParameter names where the operation takes its idempotency key: the
// parameter's name and place (header or query). The settings' header comes first,
// spelled as a parameter that declares it. Names are compared without case
// and punctuation, so that X-Idempotency-Key and idempotency_key count too.
func KeyParameter(op *spec.Operation, keyHeader string) (name, in string, ok bool) {
	for _, p := range op.Parameters {
		if keyHeader != "" {
			if p.In == "header" && strings.EqualFold(p.Name, keyHeader) {
				return p.Name, p.In, true
			}
		} else if (p.In == "header" || p.In == "query") && isKeyName(p.Name) {
			return p.Name, p.In, true
		}
	}
	if keyHeader != "" {
		return keyHeader, "header", true
	}
	for ext, value := range op.Extensions {
		switch strings.ToLower(ext) {
		case Extension, "x-idempotency", "x-idempotency-key", "x-idempotency-header":
		default:
			continue
		}
		switch text := strings.TrimSpace(string(value)); {
		case text == "true":
			return DefaultHeader, "header", true
		case len(text) > 2 && text[0] == '"' && isKeyName(strings.Trim(text, `"`)):
			return strings.Trim(text, `"`), "header", true
		}
	}
	return "", "", false
}

func isKeyName(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	plain = strings.TrimPrefix(plain, "x")
	switch plain {
	case "idempotencykey", "idempotentkey", "idempotencytoken", "requestidempotencykey", "paypalrequestid", "idempotenceid", "idempotencekey":
		return true
	}
	return strings.HasSuffix(plain, "idempotencykey")
}
