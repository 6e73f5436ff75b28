package scim

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
)

// attributes are those of one kind of resource that are kept, by how they are built.
type attributes struct {
	schema string
	plain  []string
	single map[string][]string // complex, one value
	many   map[string][]string // complex, several values, told apart by "value"
	// ignored are sent by directories and not kept here, or are ours to say.
	ignored []string
}

var (
	userAttributes = attributes{schema: SchemaUser,
		plain:  []string{"userName", "externalId", "displayName", "active"},
		single: map[string][]string{"name": {"formatted", "givenName", "familyName"}},
		many:   map[string][]string{"emails": {"value", "type", "primary"}},
		ignored: []string{"id", "schemas", "meta", "groups", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone", "password",
			"phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509Certificates"}}
	groupAttributes = attributes{schema: SchemaGroup,
		plain:   []string{"displayName", "externalId"},
		many:    map[string][]string{"members": {"value", "type"}},
		ignored: []string{"id", "schemas", "meta"}}
)

func fold(names []string, name string) (string, bool) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

func foldKey(names map[string][]string, name string) (string, bool) {
	for n := range names {
		if strings.EqualFold(n, name) {
			return n, true
		}
	}
	return "", false
}

// extension says that a name is of a schema that nothing is kept of.
func (a attributes) extension(name string) bool {
	return len(name) > 4 && strings.EqualFold(name[:4], "urn:") && !strings.HasPrefix(strings.ToLower(name), strings.ToLower(a.schema)+":")
}

// read brings what a client sent (a POST, a PUT) into the one form: known attributes
// under their own names. What is not kept is left out without a word, as RFC 7644, 3.3
// allows; directories send far more than anybody uses.
func (a attributes) read(sent map[string]any) (map[string]any, error) {
	doc := map[string]any{}
	for name, v := range sent {
		if a.extension(name) || v == nil {
			continue
		}
		name = strings.TrimPrefix(name, a.schema+":")
		if _, ignored := fold(a.ignored, name); ignored {
			continue
		}
		if err := a.set(doc, name, v); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// set gives an attribute its value anew.
func (a attributes) set(doc map[string]any, name string, v any) error {
	if canonical, ok := fold(a.plain, name); ok {
		doc[canonical] = v
		return nil
	}
	if canonical, ok := foldKey(a.single, name); ok {
		m, ok := v.(map[string]any)
		if !ok {
			return fault(invalidValue, "/"+canonical, canonical+" must be an object.")
		}
		doc[canonical] = part(m, a.single[canonical])
		return nil
	}
	if canonical, ok := foldKey(a.many, name); ok {
		list, err := a.values(canonical, v)
		doc[canonical] = list
		return err
	}
	return nil // not in the schema
}

// values reads a list of complex values; one alone stands for a list, and a text for
// its value.
func (a attributes) values(name string, v any) ([]any, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case map[string]any:
			out = append(out, part(item, a.many[name]))
		case string:
			out = append(out, map[string]any{"value": item})
		default:
			return nil, fault(invalidValue, "/"+name, name+" must be a list of objects with a value.")
		}
	}
	return out, nil
}

// part keeps the known parts of a complex value.
func part(m map[string]any, names []string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if canonical, ok := fold(names, k); ok && v != nil {
			out[canonical] = v
		}
	}
	return out
}

// textAt is an optional text of bounded length.
func textAt(in map[string]any, path, name string, limit int) (string, error) {
	v, ok := in[name]
	if !ok || v == nil {
		return "", nil
	}
	s, ok := v.(string)
	if !ok || len(s) > limit || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", apierr.Newf(apierr.ValidationFailed, "%s must be a text of at most %d bytes.", name, limit).
			With(apierr.Problem{Path: path + "/" + name, Code: invalidValue, Message: "Must be a text, not too long."})
	}
	return strings.TrimSpace(s), nil
}
