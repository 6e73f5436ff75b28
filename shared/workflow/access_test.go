package workflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// colleagues are a workspace's members, by id.
type colleagues map[string]route.Role

func (c colleagues) Standing(_ context.Context, userID string) (route.Role, error) {
	if role, ok := c[userID]; ok {
		return role, nil
	}
	return "", table.ErrNotFound
}

const (
	ann = "usr_ann"
	bob = "usr_bob"
	eve = "usr_eve"
)

// office is a Service with three members, and a connection of Ann's for a few.
type office struct {
	kept
	members colleagues
	con     string
}

func newOffice(t *testing.T) office {
	t.Helper()
	o := office{members: colleagues{ann: route.RoleUser, bob: route.RoleUser, eve: route.RoleUser}, con: id.New(id.Connection)}
	o.kept = keep(t, &workflow.Options{Members: o.members})
	o.share(t, access.Sharing{OwnerID: ann, Access: &access.Setting{Everyone: access.None}})
	return o
}

// share writes a sharing where package connection does.
func (o office) share(t *testing.T, s access.Sharing) {
	t.Helper()
	item, err := table.JSONItem(access.Key(o.con), s)
	if err == nil {
		_, err = o.store.Put(o.ctx, item, table.Always())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (o office) as(user string) context.Context {
	return tenant.WithActor(o.ctx, tenant.Actor{ID: user, Role: string(o.members[user])})
}

func calls(con string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"apiq":"1","name":"W","steps":[{"id":"a","type":"api_call","connection":%q,"operation":"x"}]}`, con))
}

func (o office) wants(t *testing.T, what string, err error, want apierr.Code) {
	t.Helper()
	if code(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestBornAsItsConnections(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	open, err := o.Create(o.as(ann), workflow.Input{Definition: calls(id.New(id.Connection))})
	if err != nil || open.Access.Everyone != access.Edit || open.OwnerID != ann || open.May != access.Manage {
		t.Errorf("%+v, %v", open, err)
	}
	private, err := o.Create(o.as(ann), workflow.Input{Definition: calls(o.con)})
	if err != nil || private.Access.Everyone != access.None {
		t.Errorf("%+v, %v", private, err)
	}
	_, err = o.Get(o.as(bob), private.ID)
	o.wants(t, "a private workflow", err, apierr.NotFound)
	_, err = o.Create(o.as(bob), workflow.Input{Definition: calls(o.con)})
	o.wants(t, "a hidden connection", err, apierr.WorkflowInvalid)
	if list, _, err := o.List(o.as(bob), 10, ""); err != nil || len(list) != 1 || list[0].ID != open.ID {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestOwnersRights(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	w, err := o.Create(o.as(ann), workflow.Input{Definition: calls(o.con), Access: &access.Setting{Everyone: access.Use, People: []access.Grant{{UserID: bob, May: access.Edit}}}})
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := o.Version(o.as(eve), w.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	start := func(what string, want apierr.Code) {
		t.Helper()
		err := o.Entitled(o.as(eve), frozen.Sharing, frozen.Document)
		o.wants(t, what, err, want)
	}
	start("an owner who may use it", "")
	_, err = o.Update(o.as(bob), w.ID, workflow.AnyVersion, workflow.Input{Name: ptr("Renamed")})
	o.wants(t, "a name changes no definition", err, "")
	two := json.RawMessage(fmt.Sprintf(`{"apiq":"1","name":"W","steps":[{"id":"a","type":"api_call","connection":%q,"operation":"y"}]}`, o.con))
	_, err = o.Update(o.as(bob), w.ID, workflow.AnyVersion, workflow.Input{Definition: two})
	o.wants(t, "whoever changes it may use what it uses", err, apierr.WorkflowInvalid)
	_, err = o.Update(o.as(eve), w.ID, workflow.AnyVersion, workflow.Input{Name: ptr("Mine")})
	o.wants(t, "for use only", err, apierr.Forbidden)

	o.share(t, access.Sharing{OwnerID: bob, Access: &access.Setting{Everyone: access.None}})
	start("an owner who lost it", apierr.Forbidden)
	_, err = o.Update(o.as(bob), w.ID, workflow.AnyVersion, workflow.Input{Definition: two})
	o.wants(t, "and so may its owner", err, apierr.WorkflowInvalid)
	o.members[ann] = route.RoleAdmin
	start("an owner who became an admin", "")
	delete(o.members, ann)
	start("an owner who left", apierr.Forbidden)
	o.share(t, access.Sharing{OwnerID: bob})
	start("what everyone may use", "")
}

func TestPassOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	active := workflow.StatusActive
	alone, err := o.Create(o.as(ann), workflow.Input{Definition: definition(1), Status: &active, Access: &access.Setting{Everyone: access.None}})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := o.Create(o.as(ann), workflow.Input{Definition: definition(1), Status: &active, Access: &access.Setting{Everyone: access.None, People: []access.Grant{{UserID: eve, May: access.Use}}}})
	if err != nil {
		t.Fatal(err)
	}
	others, err := o.Create(o.as(bob), workflow.Input{Definition: definition(1), Access: &access.Setting{Everyone: access.None, People: []access.Grant{{UserID: ann, May: access.Use}}}})
	if err != nil {
		t.Fatal(err)
	}
	system := tenant.WithActor(o.ctx, tenant.Actor{ID: "system"})
	for range 2 { // it may be repeated
		if err := o.PassOn(system, ann, bob); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		was    workflow.Workflow
		status workflow.Status
		people int
	}{"alone": {alone, workflow.StatusInactive, 0}, "shared": {shared, active, 1}, "another's": {others, workflow.StatusDraft, 0}} {
		now, err := o.Get(system, c.was.ID)
		if err != nil || now.OwnerID != bob || now.Status != c.status || len(now.Access.People) != c.people || now.Version != c.was.Version+1 {
			t.Errorf("%s: %+v, %v", name, now, err)
		}
	}
}
