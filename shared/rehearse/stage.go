package rehearse

import (
	"context"
	"net/url"
	"strings"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// standIn fills a credential's places. It is no secret: a twin asks for none.
const standIn = "no-credential-is-opened-for-a-rehearsal"

// api is one connection with its document and a twin in which nothing has happened.
type api struct {
	conn connection.Connection
	doc  *spec.Document
	twin *twin.Twin
}

// stage is what all runs of one rehearsal share. It implements check.Resolver,
// call.Connections and call.Documents. What it has read once it keeps.
type stage struct {
	workflows *workflow.Service
	apis      check.Resolver
	loaded    map[versionKey]source
	conns     map[string]connection.Connection
	opened    map[string]*api
}

func newStage(workflows *workflow.Service, apis check.Resolver) *stage {
	return &stage{workflows: workflows, apis: apis, loaded: map[versionKey]source{}, conns: map[string]connection.Connection{}, opened: map[string]*api{}}
}

func (s *stage) open(ctx context.Context, id string) (*api, error) {
	if a, ok := s.opened[id]; ok {
		return a, nil
	}
	conn, err := s.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	doc, err := s.apis.Spec(access.As(ctx, access.Machine()), id)
	if err != nil {
		return nil, err
	}
	t, err := twin.New(doc, &twin.Options{Welcoming: true, MaxItems: 1_000, MaxBytes: 8 << 20})
	if err != nil {
		return nil, err
	}
	a := &api{conn: conn, doc: doc, twin: t}
	s.opened[id] = a
	return a, nil
}

// Connection implements check.Resolver. That the workflow may use it was judged before.
func (s *stage) Connection(ctx context.Context, id string) (connection.Connection, error) {
	if conn, ok := s.conns[id]; ok {
		return conn, nil
	}
	conn, err := s.apis.Connection(access.As(ctx, access.Machine()), id)
	if err == nil {
		s.conns[id] = conn
	}
	return conn, err
}

// Spec implements check.Resolver: the document is the same for the whole rehearsal.
func (s *stage) Spec(ctx context.Context, id string) (*spec.Document, error) {
	a, err := s.open(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.doc, nil
}

// Get implements call.Connections.
func (s *stage) Get(ctx context.Context, id string) (connection.Connection, error) {
	return s.Connection(ctx, id)
}

// Renew implements call.Connections: a stand-in is not refused.
func (s *stage) Renew(ctx context.Context, id string, _ connection.Credential) (connection.Credential, error) {
	return s.Credential(ctx, id)
}

// Credential implements call.Connections with a stand-in of the same form.
func (s *stage) Credential(ctx context.Context, id string) (connection.Credential, error) {
	conn, err := s.Connection(ctx, id)
	if err != nil {
		return connection.Credential{}, err
	}
	value := secret.New(standIn)
	cred := connection.Credential{Type: conn.AuthType, In: conn.Auth.In, Name: conn.Auth.Name, Value: value, Token: value,
		Username: "rehearsal", Password: value, Origins: conn.Origins, Headers: map[string]secret.Secret{}, Query: map[string]secret.Secret{}}
	for _, set := range conn.Auth.Set {
		if name, ok := strings.CutPrefix(set, "headers."); ok {
			cred.Headers[name] = value
		}
		if name, ok := strings.CutPrefix(set, "query."); ok {
			cred.Query[name] = value
		}
	}
	return cred, nil
}

// Used implements call.Connections: a rehearsal is no use.
func (*stage) Used(context.Context, string, *connection.Limits) {}

// Open implements call.Documents.
func (s *stage) Open(_ context.Context, hash string) (*spec.Document, error) {
	for _, a := range s.opened {
		if a.doc.Info().Hash == hash {
			return a.doc, nil
		}
	}
	return nil, apierr.New(apierr.NotFound, "The document is not part of the rehearsal.")
}

// Operation implements call.Documents.
func (s *stage) Operation(ctx context.Context, hash, id string) (*spec.Document, *spec.Operation, error) {
	doc, err := s.Open(ctx, hash)
	if err != nil {
		return nil, nil, err
	}
	op, err := doc.Operation(id)
	return doc, op, err
}

// base is where an operation's requests go.
func (a *api) base(op *spec.Operation) *url.URL {
	u, err := url.Parse(call.BaseFor(a.conn, a.doc, op))
	if err != nil {
		return &url.URL{}
	}
	return u
}

// credential says what kind of credential goes along and where; "" for none.
func (a *api) credential() string {
	auth := a.conn.Auth
	switch a.conn.AuthType {
	case connection.AuthAPIKey:
		return "an API key, in the " + auth.In + " " + auth.Name
	case connection.AuthBearer:
		return "a bearer token, in the header Authorization"
	case connection.AuthBasic:
		return "a user name and password, in the header Authorization"
	case connection.AuthOAuth:
		return "an OAuth token, in the header Authorization"
	case connection.AuthAWS:
		return "AWS's signature (Signature Version 4), in the header Authorization"
	case connection.AuthHMAC:
		if auth.Scheme != nil && auth.Scheme.In == "query" {
			return "a signature, in the query parameter " + auth.Scheme.Name
		} else if auth.Scheme != nil {
			return "a signature, in the header " + auth.Scheme.Name
		}
		return "a signature"
	case connection.AuthCustom, connection.AuthTokenExchange:
		var names []string
		for _, set := range auth.Set {
			if strings.HasPrefix(set, "headers.") || strings.HasPrefix(set, "query.") {
				names = append(names, strings.Replace(set, ".", " ", 1))
			}
		}
		if len(names) == 0 {
			return "a token obtained for it"
		}
		return "its own values, in " + strings.Join(names, ", ")
	}
	return ""
}
