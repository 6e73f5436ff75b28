// Package mask owns taking secrets out of what is kept or shown: the values of
// the credential in use, in every form they may come back in, and the fields
// whose names say that they hold a secret. It never decides what is kept.
package mask

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/secret"
)

// minPart is the shortest secret that is looked for inside other text. A shorter
// one is taken out only where it is the whole text: "test" as a password must
// not eat the word out of every answer.
const minPart = 6

// maxSecrets bounds the search: a credential has a handful of values.
const maxSecrets = 64

// Masker takes one credential's values out. The zero value knows none and masks
// by name only. It is safe for concurrent use.
type Masker struct {
	replacer *strings.Replacer
	exact    map[string]bool
	names    map[string]bool
}

// New returns a Masker of the secrets. names are the headers, query parameters
// and cookies that carry them, masked whatever they hold.
func New(secrets []secret.Secret, names ...string) *Masker {
	m := &Masker{exact: map[string]bool{}, names: map[string]bool{}}
	for _, n := range names {
		m.names[normal(n)] = true
	}
	var all []string
	for i, s := range secrets {
		if i == maxSecrets {
			break
		}
		all = append(all, m.add(s.Reveal())...)
	}
	// The longest first: where one form is the beginning of another, nothing of
	// the longer may stay.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	all = slices.Compact(all)
	if len(all) > 0 {
		pairs := make([]string, 0, 2*len(all))
		for _, form := range all {
			pairs = append(pairs, form, secret.Redacted)
		}
		m.replacer = strings.NewReplacer(pairs...)
	}
	return m
}

// add notes one value and returns its forms. Of a value with a scheme before it
// ("Token abc…") the part after it is a secret by itself.
func (m *Masker) add(value string) []string {
	if value == "" {
		return nil
	}
	m.exact[value] = true
	if len(value) < minPart {
		return nil
	}
	all := forms(value)
	if i := strings.LastIndexByte(value, ' '); i >= 0 && len(value)-i-1 >= 2*minPart {
		all = append(all, forms(value[i+1:])...)
	}
	return all
}

// Text masks every form of the secrets in a text of any kind.
func (m *Masker) Text(s string) string {
	if m == nil {
		return s
	}
	if m.exact[s] {
		return secret.Redacted
	}
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

// Display is Text for what must be valid UTF-8.
func (m *Masker) Display(s string) string {
	s = m.Text(s)
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
