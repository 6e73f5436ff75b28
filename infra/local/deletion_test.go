package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/tenant"
)

// TestDeletion: nothing is left of a workspace whose time has come but its proof, and
// nothing of anybody else's is touched.
func TestDeletion(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	p, other := hometest.Register(t, s, "ada"), hometest.Register(t, s, "eve")
	fill := func(p hometest.Person) (flow, run string) {
		con := p.Connect("Shop", hometest.NewShop(t).URL)
		flow = active(p, hometest.Obj{"steps": []any{hometest.CallStep("get", con, "getItem", "parameters", hometest.Obj{"id": "a"}), hometest.Obj{"id": "ask", "type": "approval", "message": "?"}}})
		for _, trigger := range []hometest.Obj{{"type": "event", "event": "order.paid"}, {"type": "schedule", "cron": "0 3 * * *", "timezone": "UTC"}, {"type": "webhook", "signature": hometest.Obj{"kind": "standard"}}} {
			p.Must(201, "POST", "/api/workflows/"+flow+"/triggers", trigger)
		}
		run = p.Start(flow, nil)
		p.Wait(run, "WAITING")
		p.Must(201, "POST", "/api/users/invite", hometest.Obj{"email": "open@example.com", "role": "USER"})
		return flow, run
	}
	flow, run := fill(p)
	fill(other)
	member := p.Invite("member", "ADMIN")
	var me struct{ Workspace struct{ ID, Name string } }
	p.Must(200, "GET", "/api/auth/me", nil).Into(t, &me)
	at := "/api/workspaces/" + p.Workspace
	member.Refused(apierr.Forbidden, "DELETE", at+"?confirm="+strings.ReplaceAll(me.Workspace.Name, " ", "%20"), nil)
	p.Refused(apierr.ValidationFailed, "DELETE", at+"?confirm=x", nil, "query.confirm")
	confirm := at + "?confirm=" + strings.ReplaceAll(me.Workspace.Name, " ", "%20")

	// Taken back, all is as it was.
	p.Must(200, "DELETE", confirm, nil)
	p.Refused(apierr.Conflict, "POST", "/api/workflows/"+flow+"/execute", hometest.Obj{})
	p.Refused(apierr.Conflict, "DELETE", "/api/workflows/"+flow, nil)
	member.Must(200, "GET", "/api/workflows/"+flow, nil)
	member.Must(200, "GET", "/api/workspaces", nil)
	member.Refused(apierr.Forbidden, "POST", at+"/restore", nil)
	p.Must(200, "POST", at+"/restore", nil)
	p.Refused(apierr.Conflict, "POST", at+"/restore", nil)
	p.Must(202, "POST", "/api/workflows/"+flow+"/execute", hometest.Obj{})

	p.Must(200, "DELETE", confirm, nil)
	p.Verified()
	s.stop()

	h := opened(t, data)
	inside := tenant.With(t.Context(), p.Workspace)
	if err := h.deletion(nil).Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, err := h.runs.Find(inside, run); err != nil || !e.Status.Ended() {
		t.Errorf("a run goes on in the grace time: %+v %v", e, err)
	}
	if err := h.people.Changeable(t.Context(), identity.Principal{WorkspaceID: p.Workspace}); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("deleted before its time: %v", err)
	}
	later := func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
	if err := h.deletion(later).Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	for item, err := range h.store.Walk(inside) {
		t.Errorf("left in the table: %v %v", item.Key, err)
	}
	for info, err := range h.blobs.All(inside, "") {
		t.Errorf("left among the objects: %v %v", info, err)
	}
	for item, err := range h.store.Walk(tenant.WithSystem(t.Context())) {
		kind, _, _ := strings.Cut(item.PK, "#")
		if err != nil || bytes.Contains(item.Data, []byte(p.Workspace)) && !slices.Contains([]string{"DELETIONS", "AUD"}, kind) {
			t.Errorf("%v tells of it: %s %v", item.Key, item.Data, err)
		}
	}
	proofs, err := h.people.Deletions(t.Context(), identity.Principal{UserID: p.ID})
	if err != nil || len(proofs) != 1 {
		t.Fatalf("%+v %v", proofs, err)
	}
	proof := proofs[0]
	if proof.WorkspaceID != p.Workspace || proof.Items["CON"]+proof.Items["AUD"] == 0 || len(proof.Objects) == 0 || proof.System["INVITE"] == 0 || proof.System["SESSIONS"] == 0 || len(proof.Keys) == 0 || len(proof.Trail) == 0 {
		t.Errorf("%+v", proof)
	}
	hash := proof.Hash
	proof.Hash = ""
	raw, _ := json.Marshal(proof)
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != hash {
		t.Error("the proof's hash is not that of its content")
	}
	if err := h.deletion(later).Resume(t.Context()); err != nil {
		t.Errorf("once more: %v", err)
	}
	_ = h.Close()

	// The person is still there, and so is all of the other workspace.
	s = startBare(t, data, nil)
	other.At(s).Must(200, "GET", "/api/auth/me", nil)
	other.At(s).Verified()
	var in struct {
		Token     string
		Workspace struct{ ID string }
	}
	hometest.Nobody(t, s).Must(200, "POST", "/api/auth/login", hometest.Obj{"email": p.Email, "password": "correct horse battery"}).Into(t, &in)
	p.Token = in.Token
	if in.Workspace.ID == p.Workspace {
		t.Error("signed in to what is gone")
	}
	var shown []struct{ WorkspaceID, Hash string }
	p.At(s).Must(200, "GET", "/api/workspaces/deletions", nil).Into(t, &shown)
	if len(shown) != 1 || shown[0].Hash != hash {
		t.Errorf("%+v", shown)
	}
}

// TestErasedStaysErased: a backup brings back neither a workspace nor an account that
// was erased after it was made.
func TestErasedStaysErased(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data, file, restored := filepath.Join(folder, "data"), filepath.Join(folder, "b.tar"), filepath.Join(folder, "restored")
	s := startBare(t, data, nil)
	p, other := hometest.Register(t, s, "ada"), hometest.Register(t, s, "eve")
	member := other.Invite("bob", "USER")
	p.Connect("Shop", hometest.NewShop(t).URL)
	if status, _, errs := apiq(t, "backup", file, "--data", data); status != 0 {
		t.Fatal(errs)
	}
	p.Must(200, "DELETE", "/api/workspaces/"+p.Workspace+"?confirm="+strings.ReplaceAll(nameOf(t, p), " ", "%20"), nil)
	member.Must(202, "DELETE", "/api/account", nil)
	s.stop()
	h := opened(t, data)
	if err := h.deletion(func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }).Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = h.Close()

	if status, out, errs := apiq(t, "restore", file, "--data", restored, "--key", filepath.Join(data, "master.key"), "--replaces", data); status != 0 || strings.Contains(out, "Nothing is known") {
		t.Fatalf("%d %s%s", status, out, errs)
	}
	h = opened(t, restored)
	for item, err := range h.store.Walk(tenant.With(t.Context(), p.Workspace)) {
		t.Errorf("the workspace is back: %v %v", item.Key, err)
	}
	for item, err := range h.store.Walk(tenant.WithSystem(t.Context())) {
		if err != nil || bytes.Contains(item.Data, []byte(member.Email)) {
			t.Errorf("the account is back: %v %s %v", item.Key, item.Data, err)
		}
	}
	if _, err := h.trail.Verify(tenant.With(t.Context(), other.Workspace)); err != nil {
		t.Error(err)
	}
	_ = h.Close()
	s = startBare(t, restored, nil)
	other.At(s).Must(200, "GET", "/api/auth/me", nil)
	if status, out, _ := apiq(t, "restore", file, "--data", filepath.Join(folder, "alone")); status != 0 || !strings.Contains(out, "Nothing is known of what was erased") {
		t.Errorf("%d %s", status, out)
	}
}

func nameOf(t *testing.T, p hometest.Person) string {
	t.Helper()
	var me struct{ Workspace struct{ Name string } }
	p.Must(200, "GET", "/api/auth/me", nil).Into(t, &me)
	return me.Workspace.Name
}
