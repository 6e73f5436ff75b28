package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/tenant"
)

// unzipped are an archive's files.
func unzipped(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

// TestAccount: a person gets everything that is held on them, and has it erased; the
// trails that they stand in hold before and after.
func TestAccount(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	admin := hometest.Register(t, s, "admin")
	p, former := admin.Invite("grace", "ADMIN"), admin.Invite("former", "USER")
	flow := p.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}})
	former.Save(hometest.Obj{"steps": []any{hometest.ValueStep("a", 1)}})
	hometest.Nobody(t, s).Refused(apierr.Unauthenticated, "POST", "/api/auth/login", hometest.Obj{"email": p.Email, "password": "not it, as it is"})

	answer := p.Must(200, "GET", "/api/account/export", nil)
	if answer.Header.Get("Content-Type") != "application/zip" {
		t.Error(answer.Header)
	}
	files := unzipped(t, answer.Raw)
	if !strings.Contains(files["profile.json"], p.Email) || !strings.Contains(files["workspaces.json"], p.Workspace) || !strings.Contains(files["sessions.json"], `"ses_`) ||
		!strings.Contains(files["audit/"+p.Workspace+".ndjson"], flow) || !strings.Contains(files["work/"+p.Workspace+".json"], flow) || files["README.txt"] == "" {
		t.Errorf("%v", files)
	}
	for name, content := range files {
		if strings.Contains(content, admin.Email) || strings.Contains(content, "argon2") || strings.Contains(content, p.Token) {
			t.Errorf("%s holds what is not theirs to see:\n%s", name, content)
		}
	}

	admin.Refused(apierr.Conflict, "DELETE", "/api/account", nil) // the owner
	admin.Must(200, "DELETE", "/api/users/"+former.ID, nil)
	var in struct {
		Token     string
		Workspace struct{ ID, Name string }
	}
	former.Must(200, "POST", "/api/auth/login", hometest.Obj{"email": former.Email, "password": "correct horse battery"}).Into(t, &in)
	former.Token = in.Token
	former.Must(200, "DELETE", "/api/workspaces/"+in.Workspace.ID+"?confirm="+strings.ReplaceAll(in.Workspace.Name, " ", "%20"), nil)
	var erasures [2]struct{ ID, ErasedAt string }
	for i, who := range []hometest.Person{p, former} {
		who.Must(202, "DELETE", "/api/account", nil).Into(t, &erasures[i])
		who.Refused(apierr.Unauthenticated, "GET", "/api/auth/me", nil)
		who.Refused(apierr.Unauthenticated, "POST", "/api/auth/login", hometest.Obj{"email": who.Email, "password": "correct horse battery"})
	}
	if erasures[0].ErasedAt != "" {
		t.Error("done before it was begun")
	}
	admin.Verified()
	s.stop()
	h := opened(t, data)
	for range 2 { // it may be repeated
		if err := errors.Join(h.deletion(nil).Resume(t.Context()), h.passOn(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	for _, in := range []string{tenant.System, admin.Workspace} {
		for item, err := range h.store.Walk(tenant.With(t.Context(), in)) {
			for _, who := range []hometest.Person{p, former} {
				named := bytes.Contains(item.Data, []byte(who.Email)) || strings.Contains(item.PK+item.SK, who.Email)
				held := in == tenant.System && strings.Contains(item.PK+item.SK, who.ID)
				if err != nil || named || held {
					t.Errorf("%v still tells of %s: %s %v", item.Key, who.Email, item.Data, err)
				}
			}
		}
	}
	_ = h.Close()
	s = startBare(t, data, nil)
	admin.At(s).Verified()
	admin.At(s).Must(200, "GET", "/api/workflows/"+flow, nil)
	for _, e := range erasures {
		var proof struct {
			ErasedAt string
			Trail    int
			Records  map[string]int
		}
		answer := hometest.Nobody(t, s).Must(200, "GET", "/api/erasures/"+e.ID, nil)
		if err := json.Unmarshal(answer.Data, &proof); err != nil || proof.ErasedAt == "" || proof.Trail == 0 || len(proof.Records) == 0 {
			t.Errorf("%s %v", answer.Raw, err)
		}
	}
	// The address is free again.
	hometest.Nobody(t, s).Must(201, "POST", "/api/auth/register", hometest.Obj{"email": p.Email, "name": "Grace", "password": "correct horse battery"})
}
