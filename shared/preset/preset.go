// Package preset owns what is publicly documented of how the most used APIs are
// connected: where they are, how they authorise, which scopes there are in plain words,
// and a call that tells who one is. It is data; it connects nothing, holds no
// secret, and what it does not know for sure it says.
package preset

import (
	"bytes"
	"cmp"
	_ "embed" // presets.json
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/connection"
)

// Preset is one API.
type Preset struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category string `json:"category"`
	// Hosts are those of its base URLs; * stands for any part.
	Hosts []string `json:"hosts"`
	// Titles are those of its documents.
	Titles []string `json:"titles,omitempty"`
	// SpecURL is where the vendor keeps its document; empty where it keeps none in public.
	SpecURL string `json:"specUrl,omitempty"`
	// BaseURL, and the addresses of OAuth, may hold {variables}.
	BaseURL  string              `json:"baseUrl"`
	AuthType connection.AuthType `json:"authType"`
	// Also are other auth types that the API takes.
	Also      []connection.AuthType `json:"also,omitempty"`
	OAuth     *connection.OAuth     `json:"oauth,omitempty"`
	Scopes    []Scope               `json:"scopes,omitempty"`
	APIKey    *APIKey               `json:"apiKey,omitempty"`
	Headers   []Field               `json:"headers,omitempty"`
	Query     []Field               `json:"query,omitempty"`
	Basic     *Basic                `json:"basic,omitempty"`
	AWS       *AWS                  `json:"aws,omitempty"`
	Scheme    *sign.Scheme          `json:"scheme,omitempty"`
	Variables []Variable            `json:"variables,omitempty"`
	// ExpiredWhen and IdempotencyHeader are settings of the connection.
	ExpiredWhen       string `json:"expiredWhen,omitempty"`
	IdempotencyHeader string `json:"idempotencyHeader,omitempty"`
	// Verify is a harmless call that tells who one is.
	Verify *Verify `json:"verify,omitempty"`
	// HelpURL is where an application is registered, or a key made.
	HelpURL string   `json:"helpUrl"`
	Notes   []string `json:"notes,omitempty"`
	// Unsure is what the documentation leaves open.
	Unsure []string `json:"unsure,omitempty"`
}

// Scope is one scope, and what it allows.
type Scope struct {
	Name string `json:"name"`
	Says string `json:"says"`
	// Default: it is asked for where nobody chooses.
	Default bool `json:"default,omitempty"`
}

// APIKey says where a key goes, with what before it.
type APIKey struct {
	In     string `json:"in"`
	Name   string `json:"name"`
	Prefix string `json:"prefix,omitempty"`
}

// Field is a header or query parameter that holds a secret, and which.
type Field struct {
	Name string `json:"name"`
	Says string `json:"says"`
}

// Basic says what user name and password are.
type Basic struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// AWS is the service's name in signatures.
type AWS struct {
	Service string `json:"service"`
}

// Variable of an address.
type Variable struct {
	Name    string `json:"name"`
	Says    string `json:"says"`
	Default string `json:"default,omitempty"`
}

// Verify is a GET below the base URL, and a JSON Pointer to the e-mail or name.
type Verify struct {
	Path    string `json:"path"`
	Pointer string `json:"pointer,omitempty"`
}

//go:embed presets.json
var raw []byte

// parsed reads the data once; that it can be read is tested.
var parsed = sync.OnceValue(func() []Preset {
	var all []Preset
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		panic("preset: " + err.Error())
	}
	return all
})

// Query says which presets are wanted; empty fields do not choose.
type Query struct {
	// Words of a name or category.
	Words string
	// Host is that of a base URL, Title that of a document: either is enough. A preset
	// whose title fits comes before those whose host fits: an address like
	// www.googleapis.com has many APIs.
	Host  string
	Title string
}

// Find gives the presets, by name; those in which every word begins a word before
// those that have it somewhere. What it gives is shared: it is not to be changed.
func Find(q Query) []Preset {
	words := strings.Fields(strings.ToLower(q.Words))
	var first, rest []Preset
	for _, p := range parsed() {
		text := strings.ToLower(p.Name + " " + p.ID + " " + p.Category)
		fits := true
		for _, w := range words {
			fits = fits && strings.Contains(text, w)
		}
		title, host := p.titled(q.Title), p.at(q.Host)
		switch {
		case !fits:
		case title && (q.Host == "" || host):
			first = append(first, p)
		case q.Title == "" && q.Host == "" || title || host:
			rest = append(rest, p)
		}
	}
	all := append(first, rest...)
	if len(words) > 0 {
		slices.SortStableFunc(all, func(a, b Preset) int { return cmp.Compare(b.begun(words), a.begun(words)) })
	}
	return all
}

// begun counts the words that begin a word of the preset's.
func (p Preset) begun(words []string) (n int) {
	text := " " + strings.ToLower(p.Name+" "+p.ID+" "+p.Category)
	for _, w := range words {
		if strings.Contains(text, " "+w) {
			n++
		}
	}
	return n
}

func (p Preset) titled(title string) bool {
	title = strings.ToLower(strings.TrimSpace(title))
	for _, t := range p.Titles {
		if t = strings.ToLower(t); title != "" && (title == t || strings.HasPrefix(title, t+" ") || strings.HasPrefix(title, t+"'")) {
			return true
		}
	}
	return false
}

func (p Preset) at(host string) bool {
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	host = strings.ToLower(host)
	for _, pattern := range p.Hosts {
		// The pattern is ours; * stops at no dot, for path.Match stops at slashes only.
		if ok, err := path.Match(pattern, host); err == nil && ok && !strings.Contains(host, "/") {
			return true
		}
	}
	return false
}
