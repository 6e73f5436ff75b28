package identity_test

import (
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func TestAPIToken(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	p, ctx := h.principal(t, g), in(t, g)
	year := h.now().Add(366 * 24 * time.Hour)
	for path, c := range map[string]struct {
		name    string
		scopes  []string
		expires time.Time
	}{
		"/name":      {" ", []string{"all"}, year},
		"/scopes":    {"x", nil, year},
		"/scopes/1":  {"x", []string{"read", "auth:write"}, year},
		"/scopes/0":  {"x", []string{"*"}, year},
		"/expiresAt": {"x", []string{"all"}, h.now()},
	} {
		_, _, err := h.NewToken(ctx, p, c.name, c.scopes, c.expires)
		wantCode(t, err, apierr.ValidationFailed, path)
	}
	_, _, err := h.NewToken(ctx, p, "x", []string{"all"}, year.Add(time.Second))
	wantCode(t, err, apierr.ValidationFailed, "/expiresAt")

	made, token, err := h.NewToken(ctx, p, " CI ", []string{"workflows:read", "executions:write", "workflows:read"}, h.now().Add(48*time.Hour))
	if err != nil || made.Name != "CI" || !slices.Equal(made.Scopes, []string{"executions:write", "workflows:read"}) || made.WorkspaceID != g.Workspace.ID {
		t.Fatal(made, err)
	}
	if !regexp.MustCompile(`^apiq_pat_[0-9A-Za-z]{46}$`).MatchString(token) {
		t.Errorf("%q", token)
	}
	h.pass(time.Hour)
	for _, s := range []*identity.Service{h.Service, h.another(t)} {
		who, err := s.Authenticate(t.Context(), token)
		if err != nil || who.UserID != g.User.ID || who.WorkspaceID != g.Workspace.ID || who.Role != route.RoleAdmin || who.TokenID != made.ID || who.SessionID != "" ||
			!slices.Equal(who.Scopes, made.Scopes) || !who.ProvenAt.IsZero() {
			t.Errorf("%+v %v", who, err)
		}
	}
	used := h.now()
	h.pass(59 * time.Minute)
	if _, err := h.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	all, err := h.Tokens(ctx, p)
	if err != nil || len(all) != 1 || !all[0].LastUsedAt.Equal(used) { // noted once an hour
		t.Errorf("%+v %v", all, err)
	}
	// What it does is told of with its id.
	a := tenant.Actor{ID: g.User.ID, SessionID: made.ID}
	if err := h.trail.Commit(tenant.WithActor(ctx, a), nil, audit.Entry{Action: "x"}); err != nil {
		t.Fatal(err)
	}
	page, err := h.trail.List(ctx, audit.Filter{Action: "x"}, 1, "")
	if err != nil || len(page.Records) != 1 || page.Records[0].Token != made.ID || page.Records[0].Actor != g.User.ID {
		t.Errorf("%+v %v", page.Records, err)
	}
	for item, err := range h.store.All(tenant.WithSystem(t.Context()), table.Query{PK: "TOKENS#" + g.User.ID}) {
		if err != nil || strings.Contains(string(item.Data), token[9:]) {
			t.Errorf("%s %v", item.Data, err)
		}
	}
	_, second, err := h.NewToken(ctx, p, "other", []string{"all"}, h.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.RemoveToken(ctx, p, made.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.RemoveToken(ctx, p, made.ID), apierr.NotFound, "")
	_, err = h.Authenticate(t.Context(), token)
	wantCode(t, err, apierr.Unauthenticated, "")
	h.pass(time.Hour)
	_, err = h.Authenticate(t.Context(), second)
	wantCode(t, err, apierr.Unauthenticated, "")
	if all, err := h.Tokens(ctx, p); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

// TestAPITokenRoles: a token is worth what its person is worth now.
func TestAPITokenRoles(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	invite, err := h.Invite(in(t, ada), "grace@example.com", route.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	grace := h.register(t, "grace@example.com", invite.Token)
	made, token, err := h.NewToken(in(t, grace), h.principal(t, grace), "x", []string{"all"}, h.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	auditor, off := route.RoleAuditor, false
	if _, err := h.UpdateMember(in(t, ada), grace.User.ID, identity.Change{Role: &auditor}); err != nil {
		t.Fatal(err)
	}
	if p, err := h.Authenticate(t.Context(), token); err != nil || p.Role != auditor {
		t.Errorf("%+v %v", p, err)
	}
	wantCode(t, h.RemoveToken(in(t, ada), h.principal(t, ada), made.ID), apierr.NotFound, "") // another's
	if _, err := h.UpdateMember(in(t, ada), grace.User.ID, identity.Change{Active: &off}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Authenticate(t.Context(), token)
	wantCode(t, err, apierr.Unauthenticated, "")
}

// TestAPITokenRoom: fifty, also when the last is made several times at once.
func TestAPITokenRoom(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	p, ctx := h.principal(t, g), in(t, g)
	add := func() error {
		_, _, err := h.NewToken(ctx, p, "x", []string{"read"}, h.now().Add(time.Hour))
		return err
	}
	for range 49 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() { _ = add() })
	}
	wait.Wait()
	wantCode(t, add(), apierr.Conflict, "")
	if all, err := h.Tokens(ctx, p); err != nil || len(all) != 50 {
		t.Errorf("%d %v", len(all), err)
	}
	h.pass(time.Hour)
	if err := add(); err != nil { // those that have expired take no room
		t.Error(err)
	}
}

// TestTokenAttackAPI: what is not a token of ours to the last letter is nobody's.
func TestTokenAttackAPI(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g := h.register(t, "ada@example.com", "")
	made, token, err := h.NewToken(in(t, g), h.principal(t, g), "x", []string{"all"}, h.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	sum := func(body string) string {
		const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		n, out := crc32.ChecksumIEEE([]byte(body)), ""
		for range 6 {
			out, n = string(letters[n%62])+out, n/62
		}
		return body + out
	}
	if again := "apiq_pat_" + sum(token[9:49]); again != token {
		t.Fatalf("the checksum is not what this test takes it for: %s, %s", again, token)
	}
	item, err := h.store.Get(tenant.WithSystem(t.Context()), table.Key{PK: "TOKENS#" + g.User.ID, SK: made.ID})
	if err != nil {
		t.Fatal(err)
	}
	var ref struct{ Hash string }
	if err := item.Decode(&ref); err != nil || len(ref.Hash) != 64 {
		t.Fatal(ref, err)
	}
	for name, bad := range map[string]string{
		"the prefix":               "apiq_pat_",
		"another's letters":        "apiq_pat_" + sum(strings.Repeat("0", 40)),
		"no checksum":              token[:49],
		"another checksum":         token[:49] + "000000",
		"another case":             "apiq_pat_" + strings.ToUpper(token[9:]),
		"the prefix in capitals":   "APIQ_PAT_" + token[9:],
		"a space behind":           token + " ",
		"a line behind":            token + "\n",
		"longer":                   token + "0",
		"its id":                   "apiq_pat_" + made.ID,
		"its hash":                 "apiq_pat_" + ref.Hash,
		"its hash, checked":        "apiq_pat_" + sum(ref.Hash[:40]),
		"another alphabet":         "apiq_pat_" + sum(strings.Repeat("é", 20)),
		"very long":                "apiq_pat_" + strings.Repeat("a", 1<<20),
		"a session's token inside": "apiq_pat_" + g.Token,
		"a token inside a JWT":     g.Token + "." + token,
		"NUL":                      token[:20] + "\x00" + token[21:],
	} {
		if p, err := h.Authenticate(t.Context(), bad); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Errorf("%s: %+v %v", name, p, err)
		}
	}
	for i := range 55 { // each letter in turn
		bad := []byte(token)
		if bad[i]++; bad[i] > 'z' || bad[i] == ':' || bad[i] == '[' {
			bad[i] = '0'
		}
		if _, err := h.Authenticate(t.Context(), string(bad)); apierr.CodeOf(err) != apierr.Unauthenticated {
			t.Error(fmt.Sprint("letter ", i, ": ", err))
		}
	}
	if _, err := h.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
}
