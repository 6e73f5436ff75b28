package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/workflow"
)

// TestRealDocuments plans over real documents: whatever is shown parses and has
// no failed check.
func TestRealDocuments(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("DATA is not set: it names the folder with the real documents (specs/museum.yaml.gz, …)")
	}
	conns := &connections{docs: map[string]*spec.Document{}}
	for _, f := range []string{"museum.yaml.gz", "petstore-v3.yaml.gz", "slack.json.gz"} {
		doc := spectest.Open(t, filepath.Join(data, "specs", f))
		x := connection.Connection{ID: id.New(id.Connection), Name: doc.Info().Title, Status: connection.StatusActive, AuthType: connection.AuthBearer,
			Auth: connection.AuthView{Set: []string{"token"}}, BaseURL: "https://example.com", SpecHash: doc.Info().Hash}
		if f == "museum.yaml.gz" {
			x.AuthType, x.Auth = connection.AuthBasic, connection.AuthView{Username: "u", Set: []string{"password"}}
		}
		conns.conns, conns.docs[x.ID] = append(conns.conns, x), doc
	}
	h := newHouse(t, nil, conns)
	for _, goal := range []string{
		"Find available pets",
		"Find available pets and place an order for the first one",
		"Find all available pets, then for each of them place an order with quantity 1",
		"Get the pet with id 10 and if it is available, place an order for it with quantity 2",
		"List special events, then buy general tickets for the first event for 2026-05-01",
		`Create a special event named "Night of Pets" in the museum, then send a message "Come and see" to the channel C123 in Slack`,
		"What are the museum's opening hours tomorrow?",
		"Delete the special event with id dad4bce8-f5cb-4078-a211-995864315e39",
		"List the channels in Slack and archive each of them",
		"Add a pet named Rex with status available, then get it",
	} {
		p, err := h.Draft(h.ctx, plan.Request{Message: goal})
		if err != nil {
			t.Logf("%s: %v", goal, err)
			continue
		}
		if _, err := workflow.Parse(p.Workflow); err != nil {
			t.Errorf("%s: %v", goal, err)
		}
		for _, s := range p.Steps {
			for _, c := range s.Checks {
				if c.OK != nil && !*c.OK {
					t.Errorf("%s: step %s shown with failed %s: %s", goal, s.ID, c.Name, c.Detail)
				}
			}
		}
		if os.Getenv("VERBOSE") != "" {
			fmt.Printf("## %s (%.2f, %d ms)\n%s\n%s\n%+v\n", goal, p.Confidence, p.LatencyMs, p.Message, p.Workflow, p.Questions)
		}
	}
}
