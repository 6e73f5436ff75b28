package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Errors of Resolve, for errors.Is.
var (
	// ErrRefMissing: the reference leads nowhere in this document.
	ErrRefMissing = errors.New("spec: reference leads nowhere")
	// ErrRefCycle: a chain of references that leads back to itself, or is longer than 32.
	ErrRefCycle = errors.New("spec: reference leads back to itself")
	// ErrRefRemote: the reference leads into another document that was not read (Bundle).
	ErrRefRemote = errors.New("spec: reference leads into another document")
)

// maxRefChain bounds how many references may lead to one another.
const maxRefChain = 32

// Resolve returns what a local reference ("#/components/schemas/Pet") leads to,
// following references to references. The result aliases the document.
func (d *Document) Resolve(ref string) (json.RawMessage, error) {
	at, err := d.resolveSpan(ref)
	if err != nil {
		return nil, err
	}
	return d.raw(at), nil
}

func (d *Document) resolveSpan(ref string) (rawjson.Span, error) {
	for range maxRefChain {
		at, err := d.lookup(ref)
		if err != nil {
			return rawjson.Span{}, err
		}
		text, err := d.view(at)
		if err != nil {
			return rawjson.Span{}, err
		}
		next, ok := refOf(text)
		if !ok {
			return at, nil
		}
		ref = next
	}
	return rawjson.Span{}, fmt.Errorf("%w: %s", ErrRefCycle, rawjson.Cut(ref, 200))
}

// follow replaces a value that is a reference by what it leads to. One that
// leads nowhere gives nil.
func (d *Document) follow(v []byte) []byte {
	ref, ok := refOf(v)
	if !ok {
		return v
	}
	target, err := d.Resolve(ref)
	if err != nil {
		return nil
	}
	return target
}

// refOf is the $ref of an object that has one. A property that is named "$ref"
// holds an object, not a string.
func refOf(v []byte) (string, bool) {
	if rawjson.Kind(v) != '{' {
		return "", false
	}
	return rawjson.String(rawjson.Get(v, "$ref"))
}

func isRemote(ref string) bool { return !strings.HasPrefix(ref, "#") }

// lookup finds one reference's value by the index, and walks the rest of the
// pointer inside it.
func (d *Document) lookup(ref string) (rawjson.Span, error) {
	if isRemote(ref) {
		return rawjson.Span{}, fmt.Errorf("%w: %s", ErrRefRemote, rawjson.Cut(ref, 200))
	}
	missing := func() (rawjson.Span, error) {
		return rawjson.Span{}, fmt.Errorf("%w: %s", ErrRefMissing, rawjson.Cut(ref, 200))
	}
	fragment := ref[1:]
	if strings.IndexByte(fragment, '%') >= 0 {
		if plain, err := url.PathUnescape(fragment); err == nil {
			fragment = plain
		}
	}
	if fragment == "" || fragment[0] != '/' {
		return missing() // the whole document, or an anchor: no schema of ours
	}
	tokens := strings.Split(fragment[1:], "/")
	if len(tokens) > 256 {
		return missing()
	}
	for i := range tokens {
		tokens[i] = unescapeToken(tokens[i])
	}
	if n := d.indexed(tokens[0]); n > 0 && len(tokens) >= n {
		at, ok, err := d.dir.part(strings.Join(tokens[:n], "/"))
		switch {
		case err != nil:
			return rawjson.Span{}, d.unreadable(err)
		case !ok:
			return missing()
		}
		return d.walk(at, tokens[n:], missing)
	}
	if tokens[0] == externalKey {
		for n := 5; n >= 2; n-- { // …/0/components/schemas/Pet, …/0/definitions/Pet, …/0
			if len(tokens) >= n {
				at, ok, err := d.dir.part(strings.Join(tokens[:n], "/"))
				switch {
				case err != nil:
					return rawjson.Span{}, d.unreadable(err)
				case ok:
					return d.walk(at, tokens[n:], missing)
				}
			}
		}
		return missing()
	}
	return d.walk(d.root(), tokens, missing)
}

// indexed is how many tokens name a part that the index holds, 0 where it holds none.
func (d *Document) indexed(section string) int {
	switch section {
	case "paths":
		return 2
	case "components":
		if !d.v2 {
			return 3
		}
	case "definitions", "parameters", "responses":
		if d.v2 {
			return 2
		}
	}
	return 0
}

func (d *Document) walk(at rawjson.Span, tokens []string, missing func() (rawjson.Span, error)) (rawjson.Span, error) {
	for _, token := range tokens {
		text, err := d.view(at)
		if err != nil {
			return rawjson.Span{}, err
		}
		next, ok := rawjson.Child(text, rawjson.Span{Start: 0, End: len(text)}, token)
		if !ok {
			return missing()
		}
		at = rawjson.Span{Start: at.Start + next.Start, End: at.Start + next.End}
	}
	return at, nil
}
