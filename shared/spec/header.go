package spec

import (
	"slices"
	"strings"
)

// Ignored says that the parameter is a header of which its declaration says nothing:
// the body, the answer's types and the credential decide (OpenAPI 3.1, Parameter
// Object, "name").
func (p Parameter) Ignored() bool {
	return p.In == "header" && anyFold(p.Name, "Accept", "Content-Type", "Authorization")
}

// Automatic says that the parameter is a header that every request has, so that
// nobody need be asked for it though it be required: those of Ignored, those of
// MessageHeader, and User-Agent, which may be set to another.
func (p Parameter) Automatic() bool {
	return p.Ignored() || p.In == "header" && (MessageHeader(p.Name) || anyFold(p.Name, "User-Agent"))
}

// MessageHeader names the headers that follow from a request's target and body, so
// that nobody may set them.
func MessageHeader(name string) bool { return anyFold(name, "Host", "Content-Length") }

func anyFold(name string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
