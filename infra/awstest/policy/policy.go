// Package policy plays IAM for the stand: it stands before a service's server, tells
// by the access key which function signed a request, and refuses what the function's
// row does not grant: the action, and the resource that it is about. What no test
// calls is not proven by it: it shows that grants suffice, and that nothing else was
// used.
package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/route"
)

// Policies knows who may do what. It is safe for concurrent use.
type Policies struct {
	home    Resources
	mu      sync.Mutex
	byKey   map[string]route.Function
	refused []string
}

// New makes the policies of all functions, from their rows, over the resources of a
// home.
func New(home Resources) *Policies {
	p := &Policies{home: home, byKey: map[string]route.Function{}}
	for _, f := range route.Functions() {
		p.byKey[AccessKey(f.ID)] = f
	}
	return p
}

// AccessKey is the access key that a function signs with.
func AccessKey(function string) string {
	sum := sha256.Sum256([]byte(function))
	return "ASIA" + base32.StdEncoding.EncodeToString(sum[:])[:16]
}

// Function tells which function signed a request, "" for none.
func (p *Policies) Function(r *http.Request) string { return p.byKey[signer(r)].ID }

// Refused lists what was refused: "function action resource".
func (p *Policies) Refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// Guard stands before a service. Requests by keys that are no function's pass: they
// are the test's own.
func (p *Policies) Guard(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, known := p.byKey[signer(r)]
		if !known {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		for _, u := range uses(service, r, body) {
			if !p.allows(f, u) {
				p.mu.Lock()
				p.refused = append(p.refused, f.ID+" "+u.action+" "+u.resource)
				p.mu.Unlock()
				deny(w, service, f.ID, u)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func signer(r *http.Request) string {
	_, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, "/")
	return key
}

func (p *Policies) allows(f route.Function, u use) bool {
	targets := p.home.targets(u)
	for _, s := range f.Needs.Statements() {
		if slices.Contains(targets, s.Target) && slices.Contains(s.Actions, u.action) {
			return true
		}
	}
	return false
}

func deny(w http.ResponseWriter, service, function string, u use) {
	message := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", function, u.action, u.resource)
	if service == "s3" {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%s</Message></Error>", message)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "AccessDeniedException", "message": message})
}
