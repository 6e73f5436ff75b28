package arazzo_test

import (
	"context"
	"os"
	"testing"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow/asl"
	"github.com/apiq/apiq/shared/workflow/check"
)

// resolver shows the connections to the checker, as active ones.
type resolver struct{ apis }

func (r resolver) Connection(_ context.Context, id string) (connection.Connection, error) {
	c := r.connection(id)
	c.Status, c.AuthType, c.BaseURL = connection.StatusActive, connection.AuthNone, "https://api.example"
	return c, nil
}

func (r resolver) Spec(_ context.Context, id string) (*spec.Document, error) { return r.apis[id], nil }

// What is imported passes the checks of workflows, and compiles.
func TestImportedIsSound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"row", "ways"} {
		raw, err := os.ReadFile("testdata/" + name + ".arazzo.yaml")
		if err != nil {
			t.Fatal(err)
		}
		in, err := importText(t, string(raw), nil)
		if err != nil {
			t.Fatal(err)
		}
		report := check.Run(t.Context(), in.Document, resolver{workspace(t)}, nil)
		if len(report.Problems) > 0 {
			t.Errorf("%s: %+v", name, report.Problems)
		}
		if _, _, err := asl.Compile(in.Document, asl.Binding{Workspace: "w", Effects: report.Effects()}); err != nil {
			t.Error(err)
		}
	}
}
