package identity_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/limit"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/post"
)

// folder keeps messages: one of everybody's.
type folder []mail.Kept

func (f folder) List(_ context.Context, before string, limit int) ([]mail.Kept, error) {
	var some []mail.Kept
	for _, k := range f {
		if (before == "" || k.Name < before) && len(some) < limit {
			some = append(some, k)
		}
	}
	return some, nil
}

func (f folder) Read(context.Context, string) (mail.Kept, error) {
	return mail.Kept{}, mail.ErrNotKept
}

// TestExport: a person's archive has what is held on them, and nothing that lets anybody in.
func TestExport(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.come(t, byGoogle("ada@example.com"))
	other := h.come(t, byGoogle("eve@example.com"))
	ctx, p := in(t, g), h.principal(t, g)
	flow, foreign := id.New(id.Workflow), id.New(id.Workflow)
	for _, e := range []audit.Entry{
		{Action: "workflow.create", Resource: flow}, {Action: "workflow.update", Resource: flow}, {Action: "workflow.update", Resource: flow},
		{Action: "workflow.delete", Resource: foreign, Outcome: audit.Refused},
	} {
		if err := h.trail.Commit(ctx, nil, e); err != nil {
			t.Fatal(err)
		}
	}
	kept := folder{
		{Name: "3", Message: mail.Message{Owner: g.User.ID, To: []string{g.User.Email}, Subject: "Confirm your address", Text: "https://x/#tkt_secret"}},
		{Name: "2", Message: mail.Message{Owner: other.User.ID, To: []string{other.User.Email}, Subject: "Another's"}},
		{Name: "1", Message: mail.Message{Owner: g.User.ID, To: []string{g.User.Email}, Subject: "Welcome"}},
	}
	limiter, err := limit.NewLocal(nil)
	if err != nil {
		t.Fatal(err)
	}
	people, err := identity.New(h.store, h.trail, h.sealer, limiter, &identity.Options{Now: h.now, Mail: h.mail, Desk: post.NewDesk(post.KindOutbox, kept, h.trail)})
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := people.ExportAccount(ctx, p, func() io.Writer { return &archive }); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range r.File {
		open, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(open)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
		for _, secret := range []string{"tkt_secret", g.Token, other.User.Email, foreign + `","did`} {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s holds %s", f.Name, secret)
			}
		}
		base, _, _ := strings.Cut(f.Name, "/")
		if f.Name != "README.txt" && !strings.Contains(files["README.txt"], base) {
			t.Errorf("README does not tell of %s", f.Name)
		}
	}
	var identities []identity.Identity
	var letters []post.Head
	var work map[string][]struct {
		ID  string
		Did []string
	}
	for name, into := range map[string]any{"identities.json": &identities, "mail.json": &letters, "work/" + g.Workspace.ID + ".json": &work} {
		if err := json.Unmarshal([]byte(files[name]), into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(identities) != 1 || identities[0].Provider != "google" || identities[0].Subject != "g-ada@example.com" {
		t.Errorf("%+v", identities)
	}
	if len(letters) != 2 || letters[1].Subject != "Welcome" {
		t.Errorf("%+v", letters)
	}
	if flows := work["workflows"]; len(flows) != 1 || flows[0].ID != flow || strings.Join(flows[0].Did, " ") != "workflow.update workflow.create" || work["runs"] == nil {
		t.Errorf("%+v", work)
	}
}
