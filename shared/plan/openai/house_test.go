package openai_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/openai"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
)

// house is the planner with the model, from the goal to the wire and back.
type house struct {
	*plan.Service
	ctx       context.Context
	workspace string
	trail     *audit.Trail
}

// connections are those of one workspace.
type connections struct {
	conns []connection.Connection
	docs  map[string]*spec.Document
}

func (c *connections) List(context.Context, int, string) ([]connection.Connection, string, error) {
	return c.conns, "", nil
}

func (c *connections) Document(_ context.Context, conID string) (connection.Connection, *spec.Document, error) {
	for _, x := range c.conns {
		if x.ID == conID {
			return x, c.docs[conID], nil
		}
	}
	return connection.Connection{}, nil, apierr.New(apierr.NotFound, "There is no such connection.")
}

func parse(t testing.TB, raw []byte) *spec.Document {
	t.Helper()
	doc, err := spec.Parse(context.Background(), raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func sample(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// newHouse connects the documents; each gets what mend makes of its connection.
func newHouse(t testing.TB, s *server, mend func(*connection.Connection), documents ...[]byte) *house {
	t.Helper()
	conns := &connections{docs: map[string]*spec.Document{}}
	for _, raw := range documents {
		doc := parse(t, raw)
		x := connection.Connection{ID: id.New(id.Connection), Name: doc.Info().Title, Status: connection.StatusActive, AuthType: connection.AuthNone,
			BaseURL: "https://example.com", SpecHash: doc.Info().Hash}
		if mend != nil {
			mend(&x)
		}
		conns.conns, conns.docs[x.ID] = append(conns.conns, x), doc
	}
	machine := fixture.New(t, time.Now())
	m, err := openai.New(secret.New(key), &openai.Options{BaseURL: s.BaseURL(), Model: "test-model", Client: s.Client(), Price: plan.Price{Input: 2, Output: 10}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := plan.New(machine.Store, machine.Trail, conns, &plan.Options{Model: m, ModelTime: s.limit})
	if err != nil {
		t.Fatal(err)
	}
	workspace := id.New(id.Workspace)
	return &house{Service: service, ctx: tenant.With(context.Background(), workspace), workspace: workspace, trail: machine.Trail}
}
