package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/scim"
	"github.com/apiq/apiq/shared/tenant"
)

const password = fixture.Password

type home struct {
	*scim.Service
	t      *testing.T
	people *identity.Service
	trail  *audit.Trail
	admin  identity.Grant
	ctx    context.Context // a request of the directory's
}

func newHome(t *testing.T) *home {
	t.Helper()
	m := fixture.New(t, time.Now())
	people := m.People(t, nil)
	h := &home{t: t, people: people, trail: m.Trail, Service: scim.New(m.Store, m.Trail, people, &scim.Options{PublicURL: "https://apiq.example"})}
	h.admin = h.register("boss@example.com")
	h.ctx = h.in(h.admin)
	return h
}

func (h *home) register(email string) identity.Grant {
	h.t.Helper()
	g, err := h.people.Register(context.Background(), identity.Registration{Email: email, Name: "Somebody", Password: password})
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

func (h *home) in(g identity.Grant) context.Context {
	return tenant.WithActor(tenant.With(context.Background(), g.Workspace.ID), tenant.Actor{ID: "prv_test"})
}

// user makes one of an e-mail address.
func (h *home) user(email string) scim.User {
	h.t.Helper()
	u, err := h.CreateUser(h.ctx, json.RawMessage(fmt.Sprintf(`{"schemas":[%q],"userName":%q,"active":true}`, scim.SchemaUser, email)))
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

func (h *home) member(userID string) identity.Member {
	h.t.Helper()
	m, err := h.people.Member(h.ctx, userID)
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

func (h *home) find(filter string) []scim.User {
	h.t.Helper()
	list, err := h.Users(h.ctx, scim.Query{Filter: filter})
	if err != nil {
		h.t.Fatal(err)
	}
	out := make([]scim.User, len(list.Resources))
	for i, r := range list.Resources {
		u, ok := r.(scim.User)
		if !ok {
			h.t.Fatalf("%T", r)
		}
		out[i] = u
	}
	return out
}

func (h *home) records() int {
	h.t.Helper()
	page, err := h.trail.List(h.ctx, audit.Filter{}, 100, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return len(page.Records)
}

func word(err error) string {
	if err == nil {
		return ""
	}
	e := scim.ErrorOf(apierr.From(err))
	return strings.TrimSuffix(e.Status+" "+e.ScimType, " ")
}

// TestOkta: what Okta's provisioning sends, in order.
func TestOkta(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if got := h.find(`userName eq "ada@corp.example"`); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
	before := h.records()
	ada, err := h.CreateUser(h.ctx, json.RawMessage(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@corp.example","name":{"givenName":"Ada","familyName":"Lovelace"},
		"emails":[{"primary":true,"value":"ada@corp.example","type":"work"}],"displayName":"Ada Lovelace","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true}`))
	if err != nil {
		t.Fatal(err)
	}
	m := h.member(ada.ID)
	if m.Email != "ada@corp.example" || m.Name != "Ada Lovelace" || m.Role != route.RoleUser || !m.Active || ada.ExternalID != "00ujl29u0le5T6Aj10h7" || ada.Meta.Location != "https://apiq.example/scim/v2/Users/"+ada.ID {
		t.Errorf("%+v of %+v", ada, m)
	}
	if n := h.records() - before; n != 1 {
		t.Errorf("%d records of one creation", n)
	}
	if _, err := h.people.Login(t.Context(), "ada@corp.example", "1mz050nq", ""); apierr.CodeOf(err) != apierr.Unauthenticated {
		t.Errorf("the directory set a password: %v", err)
	}
	if got := h.find(`userName eq "ADA@corp.example"`); len(got) != 1 || got[0].ID != ada.ID {
		t.Errorf("%+v", got)
	}
	// A profile is pushed whole, then the person is deactivated and comes back.
	got, err := h.ReplaceUser(h.ctx, ada.ID, "", json.RawMessage(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"`+ada.ID+`","userName":"ada@corp.example","name":{"givenName":"Ada","familyName":"King"},
		"emails":[{"primary":true,"value":"ada@corp.example","type":"work"}],"displayName":"Ada King","active":true,"meta":{"resourceType":"User"}}`))
	if err != nil || got.DisplayName != "Ada King" || got.ExternalID != "" || h.member(ada.ID).Name != "Ada King" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = h.PatchUser(h.ctx, ada.ID, got.Meta.Version, json.RawMessage(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`))
	if err != nil || got.Active || h.member(ada.ID).Active {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := h.PatchUser(h.ctx, ada.ID, ada.Meta.Version, json.RawMessage(`{"Operations":[{"op":"replace","value":{"active":true}}]}`)); word(err) != "412" {
		t.Errorf("a stale version: %v", err)
	}
	if got, err = h.PatchUser(h.ctx, ada.ID, "", json.RawMessage(`{"Operations":[{"op":"replace","value":{"active":true}}]}`)); err != nil || !h.member(ada.ID).Active {
		t.Errorf("%+v, %v", got, err)
	}
	// Groups are pushed, renamed, filled.
	team, err := h.CreateGroup(h.ctx, json.RawMessage(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Engineers","members":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	patched, err := h.PatchGroup(h.ctx, team.ID, "", json.RawMessage(`{"Operations":[{"op":"replace","value":{"id":"`+team.ID+`","displayName":"Crew"}},{"op":"add","path":"members","value":[{"value":"`+ada.ID+`","display":"ada@corp.example"}]}]}`))
	if err != nil || patched.DisplayName != "Crew" || len(patched.Members) != 1 || patched.Members[0].Display != "ada@corp.example" {
		t.Errorf("%+v, %v", patched, err)
	}
	if u, err := h.User(h.ctx, ada.ID); err != nil || len(u.Groups) != 1 || u.Groups[0].Value != team.ID {
		t.Errorf("%+v, %v", u, err)
	}
	if err := h.DeleteGroup(h.ctx, team.ID, ""); err != nil {
		t.Error(err)
	}
	if _, err := h.Group(h.ctx, team.ID); word(err) != "404" {
		t.Error(err)
	}
}

// TestEntra: what Microsoft Entra ID's provisioning sends.
func TestEntra(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"0a21f0f2","userName":"Ada_U@corp.example","active":true,
		"emails":[{"primary":true,"type":"work","value":"Ada@corp.example"}],"meta":{"resourceType":"User"},"name":{"formatted":"Ada Lovelace","familyName":"Lovelace","givenName":"Ada"},"roles":[],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D"}}`
	ada, err := h.CreateUser(h.ctx, json.RawMessage(body))
	if err != nil || ada.UserName != "Ada_U@corp.example" || ada.Emails[0].Value != "ada@corp.example" {
		t.Fatalf("%+v, %v", ada, err)
	}
	if _, err := h.CreateUser(h.ctx, json.RawMessage(body)); word(err) != "409 uniqueness" {
		t.Errorf("twice: %v", err)
	}
	for filter, want := range map[string]int{`userName eq "ada_u@corp.example"`: 1, `externalId eq "0a21f0f2"`: 1, `emails[type eq "work"].value eq "ada@corp.example"`: -1, `emails[type eq "work" and value eq "ada@corp.example"]`: 1,
		`userName eq "nobody"`: 0, `userName eq "ada@corp.example"`: 0, `active eq true`: 2} {
		list, err := h.Users(h.ctx, scim.Query{Filter: filter})
		if want == -1 { // a path is no filter; it must be told, not taken for something else
			if word(err) != "400 invalidFilter" && list.TotalResults != 1 {
				t.Errorf("%s: %+v, %v", filter, list, err)
			}
			continue
		}
		if err != nil || list.TotalResults != want {
			t.Errorf("%s: %d, %v, want %d", filter, list.TotalResults, err, want)
		}
	}
	for _, c := range []struct{ op, word string }{
		{`{"op":"Replace","path":"userName","value":"ada.k@corp.example"}`, ""},
		{`{"op":"Add","path":"name.familyName","value":"King"}`, ""},
		{`{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Sales"}`, ""},
		{`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ADA@corp.example"}`, ""},
		{`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"other@corp.example"}`, "400 mutability"},
		{`{"op":"Replace","path":"active","value":"nope"}`, "400 invalidValue"},
		{`{"op":"Remove","path":"userName"}`, "400 invalidValue"},
		{`{"op":"Replace","path":"userName","value":"boss@example.com"}`, "409 uniqueness"},
		{`{"op":"Replace","path":"active","value":"False"}`, ""},
	} {
		if _, err := h.PatchUser(h.ctx, ada.ID, "", json.RawMessage(`{"schemas":["`+scim.SchemaPatch+`"],"Operations":[`+c.op+`]}`)); word(err) != c.word {
			t.Errorf("%s: %v, want %q", c.op, err, c.word)
		}
	}
	got, err := h.User(h.ctx, ada.ID)
	if err != nil || got.UserName != "ada.k@corp.example" || got.Active || got.Name == nil || got.Name.FamilyName != "King" || h.member(ada.ID).Active {
		t.Errorf("%+v, %v", got, err)
	}
	if len(h.find(`userName eq "ada_u@corp.example"`)) != 0 || len(h.find(`userName eq "ada.k@corp.example"`)) != 1 {
		t.Error("the old name is still there, or the new one is not")
	}
	if err := h.DeleteUser(h.ctx, ada.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.User(h.ctx, ada.ID); word(err) != "404" {
		t.Errorf("deleted: %v", err)
	}
	if err := h.DeleteUser(h.ctx, ada.ID, ""); word(err) != "404" {
		t.Errorf("deleted twice: %v", err)
	}
	back, err := h.CreateUser(h.ctx, json.RawMessage(body))
	if err != nil || back.ID != ada.ID || !h.member(ada.ID).Active {
		t.Errorf("named again: %+v, %v", back, err)
	}
}

// TestElsewhere: an address that has an account in another workspace. The answer is as
// for any other, and the account is not touched.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	eve := h.register("eve@other.example")
	known, fresh := h.user("eve@other.example"), h.user("new@other.example")
	for _, u := range []*scim.User{&known, &fresh} {
		u.ID, u.UserName, u.DisplayName, u.Emails, u.Meta.Version, u.Meta.Location = "", "", "", nil, "", ""
		u.Meta.Created, u.Meta.LastModified = h.admin.User.CreatedAt, h.admin.User.CreatedAt
	}
	if a, b := fmt.Sprintf("%+v", known), fmt.Sprintf("%+v", fresh); a != b {
		t.Errorf("the answers differ:\n%s\n%s", a, b)
	}
	known = h.find(`userName eq "eve@other.example"`)[0]
	if known.ID == eve.User.ID {
		t.Error("the account's id is told")
	}
	if len(h.find("")) != 3 {
		t.Errorf("%+v", h.find(""))
	}
	for _, op := range []string{`{"op":"replace","value":{"active":false}}`, `{"op":"replace","value":{"active":true,"displayName":"Evil"}}`} {
		if _, err := h.PatchUser(h.ctx, known.ID, "", json.RawMessage(`{"Operations":[`+op+`]}`)); err != nil {
			t.Error(err)
		}
	}
	p, err := h.people.Authenticate(t.Context(), eve.Token)
	if err != nil || p.WorkspaceID != eve.Workspace.ID || p.Name != "Somebody" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := h.people.Member(h.ctx, eve.User.ID); err == nil {
		t.Error("a member who has not accepted")
	}
	if g, err := h.people.Login(t.Context(), "eve@other.example", password, ""); err != nil || g.Workspace.ID != eve.Workspace.ID {
		t.Errorf("her own sign-in leads to %+v, %v", g.Workspace, err)
	}
	if err := h.DeleteUser(h.ctx, known.ID, ""); err != nil || len(h.find("")) != 2 {
		t.Error(err)
	}
	// Another workspace's people are nobody's here.
	for _, userID := range []string{eve.User.ID, "usr_none", "../x"} {
		if _, err := h.User(h.ctx, userID); word(err) != "404" {
			t.Errorf("%s: %v", userID, err)
		}
		if err := h.DeleteUser(h.ctx, userID, ""); word(err) != "404" {
			t.Errorf("%s: %v", userID, err)
		}
	}
}

// TestRoles: groups give roles; leaving one, renaming and deleting it take them.
func TestRoles(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for name, set := range map[string]scim.Settings{
		"no default":  {},
		"a made-up":   {DefaultRole: "OWNER"},
		"a group two": {DefaultRole: route.RoleUser, Groups: []scim.Mapping{{Group: "a", Role: route.RoleUser}, {Group: "A ", Role: route.RoleAdmin}}},
		"no name":     {DefaultRole: route.RoleUser, Groups: []scim.Mapping{{Group: " ", Role: route.RoleUser}}},
		"no role":     {DefaultRole: route.RoleUser, Groups: []scim.Mapping{{Group: "a", Role: "x"}}},
		"too many":    {DefaultRole: route.RoleUser, Groups: make([]scim.Mapping, 51)},
	} {
		if _, err := h.SaveSettings(h.ctx, set); apierr.CodeOf(err) != apierr.ValidationFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.SaveSettings(h.ctx, scim.Settings{DefaultRole: route.RoleAuditor, Groups: []scim.Mapping{{Group: "Admins", Role: route.RoleAdmin}, {Group: "Makers", Role: route.RoleUser}}}); err != nil {
		t.Fatal(err)
	}
	ada := h.user("ada@corp.example").ID
	group := func(name string, members ...string) string {
		list := ""
		for i, m := range members {
			list += strings.Repeat(",", min(i, 1)) + `{"value":"` + m + `"}`
		}
		g, err := h.CreateGroup(h.ctx, json.RawMessage(`{"displayName":"`+name+`","members":[`+list+`]}`))
		if err != nil {
			t.Fatal(err)
		}
		return g.ID
	}
	patch := func(groupID, op string) error {
		_, err := h.PatchGroup(h.ctx, groupID, "", json.RawMessage(`{"Operations":[`+op+`]}`))
		return err
	}
	is := func(step string, want route.Role) {
		t.Helper()
		if have := h.member(ada).Role; have != want {
			t.Errorf("%s: %s, want %s", step, have, want)
		}
	}
	is("made", route.RoleAuditor)
	makers := group("makers", ada)
	is("in a group", route.RoleUser)
	before := h.records()
	admins := group("Admins", ada)
	is("in two groups", route.RoleAdmin)
	if n := h.records() - before; n != 1 {
		t.Errorf("%d records", n)
	}
	other := group("Others", ada)
	if err := patch(admins, `{"op":"replace","path":"displayName","value":"Former"}`); err != nil {
		t.Error(err)
	}
	is("the group lost its name", route.RoleUser)
	if err := patch(other, `{"op":"replace","path":"displayName","value":"ADMINS"}`); err != nil {
		t.Error(err)
	}
	is("another got it", route.RoleAdmin)
	if err := patch(makers, `{"op":"replace","path":"displayName","value":"admins"}`); word(err) != "409 uniqueness" {
		t.Errorf("a name twice: %v", err)
	}
	if err := patch(other, `{"op":"remove","path":"members[value eq \"`+ada+`\"]"}`); err != nil {
		t.Error(err)
	}
	is("out of it", route.RoleUser)
	if err := h.DeleteGroup(h.ctx, makers, ""); err != nil {
		t.Error(err)
	}
	is("none is left", route.RoleAuditor)
	if err := patch(other, `{"op":"add","path":"members","value":[{"value":"usr_none"}]}`); word(err) != "400 invalidValue" {
		t.Errorf("a member who is none: %v", err)
	}
	// The settings change what is there.
	if _, err := h.SaveSettings(h.ctx, scim.Settings{DefaultRole: route.RoleUser, Groups: []scim.Mapping{{Group: "former", Role: route.RoleAdmin}}}); err != nil {
		t.Error(err)
	}
	is("its group gives a role now", route.RoleAdmin)
	// The last admin stays one, and can hand over in one go.
	boss := h.admin.User.ID
	if _, err := h.PatchUser(h.ctx, boss, "", json.RawMessage(`{"Operations":[{"op":"replace","path":"active","value":false}]}`)); err != nil {
		t.Error(err)
	}
	if err := patch(admins, `{"op":"replace","path":"members","value":[]}`); word(err) != "409" {
		t.Errorf("no admin is left: %v", err)
	}
	grace := h.user("grace@corp.example").ID
	if err := patch(admins, `{"op":"replace","path":"members","value":[{"value":"`+grace+`"}]}`); err != nil {
		t.Error(err)
	}
	is("handed over", route.RoleUser)
	if err := h.DeleteUser(h.ctx, grace, ""); word(err) != "409" {
		t.Errorf("the last admin is deleted: %v", err)
	}
}

// TestManyRoles: more than one transaction holds.
func TestManyRoles(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var members []string
	for i := range 45 {
		members = append(members, `{"value":"`+h.user(fmt.Sprintf("p%d@corp.example", i)).ID+`"}`)
	}
	g, err := h.CreateGroup(h.ctx, json.RawMessage(`{"displayName":"Readers","members":[`+strings.Join(members, ",")+`]}`))
	if err != nil || len(g.Members) != 45 {
		t.Fatalf("%d, %v", len(g.Members), err)
	}
	before := h.records()
	if _, err := h.SaveSettings(h.ctx, scim.Settings{DefaultRole: route.RoleUser, Groups: []scim.Mapping{{Group: "readers", Role: route.RoleAuditor}}}); err != nil {
		t.Fatal(err)
	}
	for _, m := range g.Members {
		if r := h.member(m.Value).Role; r != route.RoleAuditor {
			t.Errorf("%s: %s", m.Value, r)
		}
	}
	if n := h.records() - before; n != 3 {
		t.Errorf("%d records, want one for each transaction", n)
	}
}

// TestList: pages, counts, parts of resources.
func TestList(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for i := range 6 {
		h.user(fmt.Sprintf("p%d@corp.example", i))
	}
	n := func(v int) *int { return &v }
	for name, c := range map[string]struct {
		q                   scim.Query
		total, start, shown int
	}{
		"all":           {scim.Query{}, 7, 1, 7},
		"the first two": {scim.Query{Count: n(2)}, 7, 1, 2},
		"from the 7th":  {scim.Query{StartIndex: 7, Count: n(5)}, 7, 7, 1},
		"behind it":     {scim.Query{StartIndex: 8}, 7, 8, 0},
		"less than one": {scim.Query{StartIndex: -3, Count: n(1)}, 7, 1, 1},
		"only how many": {scim.Query{Count: n(0)}, 7, 1, 0},
		"negative":      {scim.Query{Count: n(-1)}, 7, 1, 0},
		"filtered":      {scim.Query{Filter: `userName sw "p" and not (userName co "3")`, Count: n(2)}, 5, 1, 2},
	} {
		list, err := h.Users(h.ctx, c.q)
		if err != nil || list.TotalResults != c.total || list.StartIndex != c.start || list.ItemsPerPage != c.shown || len(list.Resources) != c.shown {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	seen := map[string]bool{}
	for start := 1; start <= 7; start += 2 {
		list, err := h.Users(h.ctx, scim.Query{StartIndex: start, Count: n(2), View: scim.View{Attributes: "userName, name.givenName"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.Resources {
			m, _ := r.(map[string]any)
			id, _ := m["id"].(string)
			if seen[id] = true; m["userName"] == nil || m["meta"] != nil || m["active"] != nil {
				t.Errorf("%v", m)
			}
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d of 7 on the pages", len(seen))
	}
	list, err := h.Users(h.ctx, scim.Query{Filter: `userName eq "p1@corp.example"`, View: scim.View{Excluded: "emails,id"}})
	if m, _ := list.Resources[0].(map[string]any); err != nil || m["emails"] != nil || m["id"] == nil {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := h.Groups(h.ctx, scim.Query{Filter: "x"}); word(err) != "400 invalidFilter" {
		t.Error(err)
	}
}

// TestTakeOver: members who were there before are found, and taken over.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	found := h.find(`userName eq "BOSS@example.com"`)
	if len(found) != 1 || found[0].ID != h.admin.User.ID {
		t.Fatalf("%+v", found)
	}
	if _, err := h.CreateUser(h.ctx, json.RawMessage(`{"userName":"boss@example.com"}`)); word(err) != "409 uniqueness" {
		t.Error(err)
	}
	u, err := h.PatchUser(h.ctx, found[0].ID, found[0].Meta.Version, json.RawMessage(`{"Operations":[{"op":"add","path":"externalId","value":"E1"},{"op":"replace","path":"userName","value":"the.boss"}]}`))
	if err != nil || u.ExternalID != "E1" || h.member(u.ID).Role != route.RoleAdmin {
		t.Errorf("%+v, %v", u, err)
	}
	if len(h.find(`userName eq "boss@example.com"`)) != 0 || len(h.find(`userName eq "the.boss"`)) != 1 || len(h.find("")) != 1 {
		t.Errorf("%+v", h.find(""))
	}
	if _, err := h.people.Login(t.Context(), "boss@example.com", password, ""); err != nil {
		t.Errorf("the account's own sign-in: %v", err)
	}
}

// TestRemoved: whose membership an admin ended is taken in again, as who they were.
func TestRemoved(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.user("ada@corp.example")
	if err := h.people.RemoveMember(h.in(h.admin), ada.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.User(h.ctx, ada.ID); word(err) != "404" {
		t.Errorf("removed: %v", err)
	}
	if got := h.find(`userName eq "ada@corp.example"`); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if back := h.user("ada@corp.example"); back.ID != ada.ID || !h.member(ada.ID).Active {
		t.Errorf("%+v", back)
	}
}

func TestCreateRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for body, want := range map[string]string{
		`[]`:                 "400 invalidSyntax",
		`null`:               "400 invalidSyntax",
		`{}`:                 "400 invalidValue",
		`{"userName":""}`:    "400 invalidValue",
		`{"userName":5}`:     "400 invalidValue",
		`{"userName":"ada"}`: "400 invalidValue",
		`{"userName":"ada","emails":[{"value":"x"}]}`:     "400 invalidValue",
		`{"userName":"a@b.example","active":"maybe"}`:     "400 invalidValue",
		`{"userName":"a@b.example","name":"Ada"}`:         "400 invalidValue",
		`{"userName":"` + strings.Repeat("a", 300) + `"}`: "400 invalidValue",
	} {
		if _, err := h.CreateUser(h.ctx, json.RawMessage(body)); word(err) != want {
			t.Errorf("%.60s: %v, want %s", body, err, want)
		}
	}
	for body, want := range map[string]string{`{}`: "400 invalidValue", `{"displayName":"x","members":[{}]}`: "400 invalidValue", `{"displayName":"x","members":[{"value":"y"}]}`: "400 invalidValue"} {
		if _, err := h.CreateGroup(h.ctx, json.RawMessage(body)); word(err) != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	if !slices.Equal([]int{len(h.find(""))}, []int{1}) {
		t.Error("something was made all the same")
	}
}
