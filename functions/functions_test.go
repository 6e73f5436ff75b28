// Package functions_test holds the functions to their table: one folder for each
// row, composition only, linked to what the row needs and to nothing else.
package functions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/route"
)

const module = "github.com/apiq/apiq/"

func folders(t *testing.T) []string {
	t.Helper()
	mains, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(mains))
	for i, m := range mains {
		ids[i] = filepath.Dir(m)
	}
	return ids
}

// TestFolders: the folders are the table, and each main is composition only.
func TestFolders(t *testing.T) {
	t.Parallel()
	have := folders(t)
	for _, f := range route.Functions() {
		if !slices.Contains(have, f.ID) {
			t.Errorf("%s has no folder", f.ID)
		}
	}
	for _, id := range have {
		f, ok := route.FunctionByID(id)
		if !ok {
			t.Errorf("%s is in no table", id)
		}
		raw, err := os.ReadFile(filepath.Join(id, "main.go"))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(raw, []byte("\n")); n > 30 {
			t.Errorf("%s/main.go has %d lines: composition takes 30", id, n)
		}
		if f.Kind == route.KindRoute && !bytes.Contains(raw, []byte(`"`+id+`"`)) {
			t.Errorf("%s/main.go does not serve its own row", id)
		}
	}
}

// linked are the packages that tell what a function can reach, with the needs that
// ask for them.
var linked = []struct {
	path  string
	needs func(route.Needs) bool
}{
	{"shared/table/dynamo", func(n route.Needs) bool { return n.Table != route.None }},
	{"shared/secret/kms", func(n route.Needs) bool { return n.Table != route.None }}, // whoever has records can open what is sealed in them
	{"shared/blob/s3", func(n route.Needs) bool { return n.Blob != route.None || n.Archive }},
	{"shared/execution/stepfunctions", func(n route.Needs) bool { return n.Engine != route.None || n.Import }},
	{"shared/trigger/eventbridge", func(n route.Needs) bool { return n.Schedule == route.Write || n.Publish }},
	{"shared/plan/openai", func(n route.Needs) bool { return n.Model }},
	{"shared/secret/secretsmanager", func(n route.Needs) bool { return n.Model || n.SignIns }},
	{"shared/dns", func(n route.Needs) bool { return n.DNS }},
	{"shared/mail/ses", func(n route.Needs) bool { return n.Mail }},
	{"shared/audit/sink/s3", func(n route.Needs) bool { return n.Assume }},
	{"shared/twin", func(n route.Needs) bool { return n.Twin }},
	// None of these belongs to this home.
	{"shared/table/sqlite", never}, {"shared/blob/dir", never}, {"shared/secret/keyfile", never}, {"shared/execution/local", never},
	{"shared/trigger/local", never}, {"shared/mail/outbox", never}, {"dashboard", never}, {"infra/local", never},
}

func never(route.Needs) bool { return false }

// TestLinks: a function's binary holds the adapters that its row needs, and no
// other. runs.Records and the like are how a main opens less than it could.
func TestLinks(t *testing.T) {
	t.Parallel()
	deps := dependencies(t)
	for _, f := range route.Functions() {
		all, ok := deps[f.ID]
		if !ok {
			continue // TestFolders tells
		}
		for _, l := range linked {
			has, wants := slices.Contains(all, module+l.path), l.needs(f.Needs)
			if has != wants {
				t.Errorf("%s: links %s: %v, its needs say %v", f.ID, l.path, has, wants)
			}
		}
		if parser := slices.Contains(all, module+"shared/spec/internal/yamljson"); parser && f.Needs == (route.Needs{}) {
			t.Errorf("%s needs nothing, but links the parser of documents", f.ID)
		}
	}
}

// dependencies are the packages that each function is linked from.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-tags", "lambda.norpc", "-json=ImportPath,Name,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	all := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Name string
			Deps             []string
		}
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		if p.Name == "main" {
			all[strings.TrimPrefix(p.ImportPath, module+"functions/")] = p.Deps
		}
	}
}
