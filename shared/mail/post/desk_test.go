package post_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/outbox"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/tenant"
)

// TestDesk: a message is shown to its owner, and reading it leaves a record.
func TestDesk(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	folder, err := outbox.Open(filepath.Join(t.TempDir(), "outbox"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	for _, owner := range []string{"wsp_1", "wsp_2", "usr_1", "", "wsp_1"} {
		if err := folder.Send(t.Context(), mail.Message{ID: "msg_1", Owner: owner, To: []string{"ada@example.com"}, Subject: "For " + owner + ".", Text: "text"}); err != nil {
			t.Fatal(err)
		}
	}
	trail := audit.New(h.store, nil)
	desk, ctx := post.NewDesk(post.KindOutbox, folder, trail), tenant.With(context.Background(), "wsp_1")
	all := func(owners ...string) (heads []post.Head) {
		for cursor := ""; ; {
			some, next, err := desk.List(ctx, owners, 1, cursor)
			if err != nil {
				t.Fatal(err)
			}
			heads = append(heads, some...)
			if cursor = next; cursor == "" {
				return heads
			}
		}
	}
	if got := all("wsp_1"); len(got) != 2 || got[0].Subject != "For wsp_1." || got[0].ID <= got[1].ID {
		t.Errorf("%+v", got)
	}
	if got := all("wsp_3"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if got := all(""); len(got) != 0 {
		t.Errorf("nobody's: %+v", got)
	}
	mine, theirs := all("wsp_1")[0], all("wsp_2")[0]
	w, err := desk.Read(ctx, []string{"wsp_1"}, mine.ID)
	if err != nil || w.Text != "text" {
		t.Errorf("%+v %v", w, err)
	}
	for _, name := range []string{theirs.ID, "", "x", "../" + mine.ID, mine.ID + "/../" + mine.ID} {
		if _, err := desk.Read(ctx, []string{"wsp_1", "usr_1"}, name); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
	page, err := trail.List(ctx, audit.Filter{}, 10, "")
	if err != nil || len(page.Records) != 1 || page.Records[0].Action != "mail.read" || page.Records[0].Resource != "msg_1" {
		t.Errorf("%+v %v", page, err)
	}
	none := post.NewDesk(post.KindSES, nil, trail)
	if got, _, err := none.List(ctx, []string{"wsp_1"}, 10, ""); err != nil || len(got) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := none.Read(ctx, []string{"wsp_1"}, mine.ID); apierr.CodeOf(err) != apierr.NotFound {
		t.Error(err)
	}
}
