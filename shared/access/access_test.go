package access_test

import (
	"context"
	"errors"
	"testing"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	owner = "usr_owner"
	ann   = "usr_ann"
	bob   = "usr_bob"
)

func sharing(everyone access.Level, people ...access.Grant) access.Sharing {
	return access.Sharing{OwnerID: owner, Access: &access.Setting{Everyone: everyone, People: people}}
}

func TestFor(t *testing.T) {
	t.Parallel()
	named := sharing(access.None, access.Grant{UserID: ann, May: access.Use}, access.Grant{UserID: bob, May: access.Edit})
	for name, c := range map[string]struct {
		of                      access.Sharing
		who                     access.Subject
		want                    access.Level
		sees, settings, deletes bool
	}{
		"never set, anybody":            {access.Sharing{OwnerID: owner}, access.Person(ann, route.RoleUser), access.Edit, true, true, true},
		"never set, an auditor":         {access.Sharing{}, access.Person(ann, route.RoleAuditor), access.Edit, true, true, true},
		"never set, nobody":             {access.Sharing{}, access.Subject{}, access.Edit, true, true, true},
		"private, its owner":            {sharing(access.None), access.Person(owner, route.RoleUser), access.Manage, true, true, true},
		"private, an owner who left":    {sharing(access.None), access.Subject{}, access.None, false, false, false},
		"private, a stranger":           {sharing(access.None), access.Person(ann, route.RoleUser), access.None, false, false, false},
		"private, an admin":             {sharing(access.None), access.Person(ann, route.RoleAdmin), access.Manage, true, true, true},
		"private, an auditor":           {sharing(access.None), access.Person(ann, route.RoleAuditor), access.None, true, true, false},
		"private, the machine":          {sharing(access.None), access.Machine(), access.Manage, true, true, true},
		"private, nobody's, nobody":     {access.Sharing{Access: &access.Setting{Everyone: access.None}}, access.Subject{}, access.None, false, false, false},
		"for use, anybody":              {sharing(access.Use), access.Person(ann, route.RoleUser), access.Use, true, false, false},
		"named for use":                 {named, access.Person(ann, route.RoleUser), access.Use, true, false, false},
		"named to edit":                 {named, access.Person(bob, route.RoleUser), access.Edit, true, true, false},
		"named to edit, now an auditor": {named, access.Person(bob, route.RoleAuditor), access.Edit, true, true, false},
		"named for less than everyone":  {sharing(access.Edit, access.Grant{UserID: ann, May: access.Use}), access.Person(ann, route.RoleUser), access.Edit, true, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.of.For(c.who)
			if r.Level != c.want || r.Sees() != c.sees || r.Settings() != c.settings || r.Deletes() != c.deletes {
				t.Errorf("%s, sees %v, settings %v, deletes %v", r.Level, r.Sees(), r.Settings(), r.Deletes())
			}
		})
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	missing := errors.New("missing")
	private := sharing(access.None, access.Grant{UserID: ann, May: access.Use})
	for name, c := range map[string]struct {
		who     access.Subject
		level   access.Level
		missing bool
		code    apierr.Code
	}{
		"enough":                         {access.Person(ann, route.RoleUser), access.Use, false, ""},
		"seen, and not enough":           {access.Person(ann, route.RoleUser), access.Edit, false, apierr.Forbidden},
		"not seen":                       {access.Person(bob, route.RoleUser), access.Use, true, ""},
		"not seen, and asked for more":   {access.Person(bob, route.RoleUser), access.Manage, true, ""},
		"an auditor reads":               {access.Person(bob, route.RoleAuditor), access.Use, false, ""},
		"an auditor does not change":     {access.Person(bob, route.RoleAuditor), access.Edit, false, apierr.Forbidden},
		"the owner shares":               {access.Person(owner, route.RoleUser), access.Manage, false, ""},
		"an admin shares":                {access.Person(bob, route.RoleAdmin), access.Manage, false, ""},
		"who has not signed in sees not": {access.Subject{}, access.Use, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := private.For(c.who).Require(c.level, missing)
			if errors.Is(err, missing) != c.missing || !c.missing && apierr.CodeOf(err) != c.code {
				t.Error(err)
			}
		})
	}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	private := sharing(access.None)
	for name, c := range map[string]struct {
		actor tenant.Actor
		sees  bool
	}{
		"the owner":                 {tenant.Actor{ID: owner, Role: "USER"}, true},
		"another":                   {tenant.Actor{ID: ann, Role: "USER"}, false},
		"an admin":                  {tenant.Actor{ID: ann, Role: "ADMIN"}, true},
		"the system":                {tenant.Actor{ID: "system"}, true},
		"a trigger":                 {tenant.Actor{ID: "trg_1"}, true},
		"who has not signed in":     {tenant.Actor{ID: "anonymous"}, false},
		"a directory":               {tenant.Actor{ID: "prv_1"}, false},
		"who claims to be an admin": {tenant.Actor{ID: "anonymous", Role: "ADMIN"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := tenant.WithActor(t.Context(), c.actor)
			if got := private.For(access.From(ctx)).Sees(); got != c.sees {
				t.Errorf("sees: %v", got)
			}
			if private.For(access.From(access.As(ctx, access.Subject{}))).Sees() || !private.For(access.From(access.As(ctx, access.Machine()))).Sees() {
				t.Error("whose rights count is who As names")
			}
		})
	}
}

// members are a workspace's, by id.
type members map[string]route.Role

func (m members) Standing(_ context.Context, userID string) (route.Role, error) {
	role, ok := m[userID]
	if !ok {
		return "", table.ErrNotFound
	}
	return role, nil
}

func TestApply(t *testing.T) {
	t.Parallel()
	people := members{owner: route.RoleUser, ann: route.RoleUser, bob: route.RoleAuditor}
	to := func(l access.Level) *access.Level { return &l }
	name := func(s string) *string { return &s }
	for what, c := range map[string]struct {
		change access.Change
		paths  []string
	}{
		"nothing":          {access.Change{}, nil},
		"private":          {access.Change{Everyone: to(access.None)}, nil},
		"handed on":        {access.Change{OwnerID: name(ann)}, nil},
		"to an auditor":    {access.Change{OwnerID: name(bob)}, []string{"/ownerId"}},
		"to nobody":        {access.Change{OwnerID: name("")}, []string{"/ownerId"}},
		"everyone manages": {access.Change{Everyone: to(access.Manage)}, []string{"/everyone"}},
		"named":            {access.Change{People: &[]access.Grant{{UserID: ann, May: access.Edit}, {UserID: bob, May: access.Use}}}, nil},
		"twice, and a stranger": {access.Change{People: &[]access.Grant{{UserID: ann, May: access.Use}, {UserID: ann, May: access.Edit}, {UserID: "usr_x", May: access.Manage}}},
			[]string{"/people/1/userId", "/people/2/may", "/people/2/userId"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := sharing(access.Edit).Apply(t.Context(), c.change, people)
			var e *apierr.Error
			if errors.As(err, &e) != (len(c.paths) > 0) {
				t.Fatal(err)
			}
			for i, path := range c.paths {
				if e.Problems[i].Path != path {
					t.Errorf("%+v", e.Problems)
				}
			}
		})
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	of := sharing(access.None, access.Grant{UserID: ann, May: access.Use}, access.Grant{UserID: bob, May: access.Edit})
	if out, changed := of.Without(owner, bob); !changed || out.OwnerID != bob || len(out.Access.People) != 2 {
		t.Errorf("%+v", out)
	}
	if out, changed := of.Without(ann, bob); !changed || out.OwnerID != owner || len(out.Access.People) != 1 || len(of.Access.People) != 2 {
		t.Errorf("%+v", out)
	}
	if _, changed := of.Without("usr_x", bob); changed {
		t.Error("of somebody else's nothing changes")
	}
}
