package main

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/twin"
)

// maxSafeCalls is how many safe operations of one API are tried until one has an
// answer that can be judged.
const maxSafeCalls = 12

// safeCall is one call through the product's own caller, and its answer.
type safeCall struct {
	Operation string `json:"operation,omitempty"` // empty: the document has no safe one
	Status    int    `json:"status,omitempty"`
	// Valid says whether the answer fits the document; null where that says nothing.
	Valid    *bool            `json:"valid"`
	Problems []apierr.Problem `json:"problems,omitempty"`
}

// callSafely serves a twin of the document, which wants a credential, and tries
// safe operations until an answer is checked.
func callSafely(ctx context.Context, doc *spec.Document, cred connection.Credential) (safeCall, error) {
	tw, err := twin.New(doc, &twin.Options{RequireAuth: true})
	if err != nil {
		return safeCall{}, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return safeCall{}, err
	}
	server := &http.Server{Handler: tw, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		_ = server.Close() // nobody but us is connected
		<-served
	}()
	base := "http://" + listener.Addr().String()
	cred.Origins = []string{base}
	one := single{doc: doc, cred: cred, conn: connection.Connection{ID: "con_cover", BaseURL: base, AuthType: cred.Type, SpecHash: doc.Info().Hash, Origins: cred.Origins}}
	guard := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	// Try keeps no journal, so that it needs no stores.
	caller := call.New(one, one, guard, nil, nil, &call.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	defer caller.Close()
	var best safeCall
	for _, op := range safeOperations(doc) {
		got, err := caller.Try(tenant.With(ctx, "wsp_cover"), one.conn.ID, op.ID, call.TryInput{Parameters: sampleParameters(doc, op)})
		if err != nil {
			if best.Operation == "" {
				best = safeCall{Operation: op.ID, Problems: []apierr.Problem{{Code: string(apierr.CodeOf(err)), Message: apierr.From(err).Detail}}}
			}
			continue
		}
		this := safeCall{Operation: op.ID, Status: got.Status, Valid: got.Valid, Problems: got.Problems}
		// A twin knows no thing of an id that a sample made up; another operation tells more.
		if better(this) > better(best) {
			best = this
		}
		if better(best) == judged {
			break
		}
	}
	return best, nil
}

// judged is the rank of a call that was answered well, and the answer checked.
const judged = 4

func better(c safeCall) int {
	switch ok := c.Status >= 200 && c.Status < 300; {
	case c.Valid != nil && !*c.Valid:
		return judged + 1 // a fault is not to be missed
	case ok && c.Valid != nil:
		return judged
	case ok:
		return 3
	case c.Status != 0:
		return 2
	case c.Operation != "":
		return 1
	}
	return 0
}

// safeOperations orders what may be called: those that need no value and answer
// with JSON first.
func safeOperations(doc *spec.Document) []*spec.Operation {
	type ranked struct {
		op   *spec.Operation
		rank int
	}
	var all []ranked
	for _, s := range doc.Summaries() {
		if s.Method != http.MethodGet {
			continue
		}
		op, err := doc.Operation(s.ID)
		if err != nil || effect.Of(op, "") != effect.Safe || op.Body != nil && op.Body.Required {
			continue
		}
		rank := 10 * strings.Count(op.Path, "{")
		if _, ok := op.SuccessSchema(); !ok {
			rank += 5
		}
		for _, p := range op.Parameters {
			if p.Required {
				rank++
			}
		}
		all = append(all, ranked{op, rank})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	var list []*spec.Operation
	for _, r := range all[:min(len(all), maxSafeCalls)] {
		list = append(list, r.op)
	}
	return list
}

func sampleParameters(doc *spec.Document, op *spec.Operation) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, p := range op.Parameters {
		if !p.Required {
			continue
		}
		raw := p.Example
		if raw == nil || p.Schema != nil {
			if problems, _ := doc.ValidateAs(spec.Sent, p.Schema, raw); raw == nil || len(problems) > 0 {
				v, _ := doc.SampleAs(spec.Sent, p.Schema, 1)
				raw, _ = json.Marshal(v) // what was sampled is JSON
			}
		}
		if s := string(raw); s == "null" || s == `""` {
			raw = json.RawMessage(`"x"`)
		}
		out[p.In+"."+p.Name] = raw
	}
	return out
}

// credentialFor makes one up of the kind that the document asks for first. Where it
// asks for several at once the credential is a custom one, and kind the last one's.
func credentialFor(doc *spec.Document) (cred connection.Credential, kind connection.AuthType) {
	info := doc.Info()
	wanted := append([]spec.Requirement{}, info.Security...)
	for _, s := range doc.Summaries() {
		if len(wanted) > 0 {
			break
		}
		if op, err := doc.Operation(s.ID); err == nil {
			wanted = append(wanted, op.Security...)
		}
	}
	for _, requirement := range wanted {
		if cred, kind = credentialOf(info, requirement); kind != connection.AuthNone {
			return cred, kind
		}
	}
	return connection.Credential{Type: connection.AuthNone}, connection.AuthNone
}

// credentialOf is one for all the schemes of a requirement; kind is none where there
// is a scheme that no credential serves, or no scheme at all.
func credentialOf(info spec.Info, requirement spec.Requirement) (cred connection.Credential, kind connection.AuthType) {
	made := secret.New("only-for-the-twin")
	names := slices.Sorted(maps.Keys(requirement))
	several := connection.Credential{Type: connection.AuthCustom, Headers: map[string]secret.Secret{}, Query: map[string]secret.Secret{}}
	for _, name := range names {
		switch s := info.SecuritySchemes[name]; {
		case s.Type == "apiKey":
			cred = connection.Credential{Type: connection.AuthAPIKey, In: s.In, Name: s.Name, Value: made}
			if s.In == "query" {
				several.Query[s.Name] = made
			} else if s.In == "header" {
				several.Headers[s.Name] = made
			}
		case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
			cred = connection.Credential{Type: connection.AuthBasic, Username: "twin", Password: made}
			several.Headers["Authorization"] = secret.New("Basic dHdpbjp0d2lu")
		case s.Type == "http":
			cred = connection.Credential{Type: connection.AuthBearer, Token: made}
			several.Headers["Authorization"] = secret.New("Bearer only-for-the-twin")
		case s.Type == "oauth2" || s.Type == "openIdConnect":
			cred = connection.Credential{Type: connection.AuthOAuth, Token: made}
			several.Headers["Authorization"] = secret.New("Bearer only-for-the-twin")
		default:
			return cred, connection.AuthNone
		}
		kind = cred.Type
	}
	switch len(names) {
	case 0:
		return cred, connection.AuthNone
	case 1:
		return cred, kind
	}
	return several, kind
}

// single is a workspace of one connection and one document.
type single struct {
	doc  *spec.Document
	conn connection.Connection
	cred connection.Credential
}

func (s single) Get(context.Context, string) (connection.Connection, error) { return s.conn, nil }

func (s single) Credential(context.Context, string) (connection.Credential, error) {
	return s.cred, nil
}

func (s single) Renew(context.Context, string, connection.Credential) (connection.Credential, error) {
	return s.cred, nil
}

func (single) Used(context.Context, string, *connection.Limits) {}

func (s single) Open(context.Context, string) (*spec.Document, error) { return s.doc, nil }
func (s single) Operation(_ context.Context, _, id string) (*spec.Document, *spec.Operation, error) {
	op, err := s.doc.Operation(id)
	return s.doc, op, err
}
