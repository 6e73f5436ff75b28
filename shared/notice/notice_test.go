package notice_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/notice"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/tenant"
)

type pile struct{ all []mail.Message }

func (p *pile) Send(_ context.Context, m mail.Message) error {
	p.all = append(p.all, m)
	return m.Check()
}

// TestAsked: who may decide and has confirmed their address gets one letter.
func TestAsked(t *testing.T) {
	t.Parallel()
	m := fixture.New(t, time.Now())
	queue, sent := post.New(m.Store, m.Sealer, &post.Options{URL: "https://apiq.example", Now: m.Now}), &pile{}
	people := m.People(t, &identity.Options{Mail: queue})
	join := func(email string, role route.Role, admin *identity.Grant, confirm bool) identity.Grant {
		in := identity.Registration{Email: email, Name: "Ada", Password: "seven quiet mill wheels"}
		if admin != nil {
			ctx := tenant.WithActor(tenant.With(t.Context(), admin.Workspace.ID), tenant.Actor{ID: admin.User.ID})
			invite, err := people.Invite(ctx, email, role)
			if err != nil {
				t.Fatal(err)
			}
			in.Invite = invite.Token
		}
		g, err := people.Register(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		sent.all = nil
		if err := queue.Sweep(t.Context(), sent); err != nil {
			t.Fatal(err)
		}
		if confirm {
			asks := slices.IndexFunc(sent.all, func(l mail.Message) bool { return strings.HasPrefix(l.Subject, "Confirm") })
			_, token, _ := strings.Cut(sent.all[asks].Text, "#")
			token, _, _ = strings.Cut(token, "\n")
			if _, err := people.ConfirmEmail(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		return g
	}
	admin := join("admin@example.com", "", nil, true)
	user := join("user@example.com", route.RoleUser, &admin, true)
	join("unconfirmed@example.com", route.RoleUser, &admin, false)
	join("auditor@example.com", route.RoleAuditor, &admin, true)
	join("other@example.com", "", nil, true)
	quiet, off := join("quiet@example.com", route.RoleUser, &admin, true), false
	if _, err := people.UpdateSelf(tenant.With(t.Context(), admin.Workspace.ID), identity.Principal{UserID: quiet.User.ID}, identity.Self{Notify: &off}); err != nil {
		t.Fatal(err)
	}
	ctx := tenant.With(t.Context(), admin.Workspace.ID)
	for name, c := range map[string]struct {
		approvers []string
		started   string
		kind      string
		to        []string
	}{
		"by role":               {[]string{"USER"}, "", execution.KindApproval, []string{"user@example.com"}},
		"by address and id":     {[]string{"ADMIN@example.com", user.User.ID}, "", execution.KindApproval, []string{"admin@example.com", "user@example.com"}},
		"who wants none":        {[]string{"quiet@example.com"}, "", execution.KindApproval, nil},
		"an auditor":            {[]string{"AUDITOR", "auditor@example.com"}, "", execution.KindApproval, nil},
		"another workspace's":   {[]string{"other@example.com"}, "", execution.KindApproval, nil},
		"anybody: who began it": {nil, user.User.ID, execution.KindUnknown, []string{"user@example.com"}},
		"anybody: a trigger":    {nil, "system", execution.KindUnknown, nil},
	} {
		ops, tell, err := notice.New(identity.NewDirectory(m.Store), queue).Asked(ctx, execution.Asked{ExecutionID: "exe_1", WorkflowName: "Refunds", Kind: c.kind, Message: "Refund 20?", Approvers: c.approvers, StartedBy: c.started})
		if err != nil {
			t.Fatal(err)
		}
		if len(ops) > 0 {
			if err := m.Store.Transact(ctx, ops); err != nil {
				t.Fatal(err)
			}
		}
		tell(ctx)
		sent.all = nil
		if err := queue.Sweep(t.Context(), sent); err != nil {
			t.Fatal(err)
		}
		var to []string
		for _, m := range sent.all {
			to = append(to, m.To...)
			if m.Owner != admin.Workspace.ID || !strings.Contains(m.Text, "https://apiq.example/runs/exe_1") || !strings.Contains(m.Text, "Refund 20?") || !strings.Contains(m.Subject, "Refunds") {
				t.Errorf("%s: %+v", name, m)
			}
		}
		if slices.Sort(to); !slices.Equal(to, c.to) {
			t.Errorf("%s: told %v, want %v", name, to, c.to)
		}
	}
	// Admins are told of quotas, and nobody else.
	w := quota.Warning{Workspace: admin.Workspace.ID, Kind: quota.Storage, Used: 4_200_000_000, Limit: 5_000_000_000}
	ops, tell, err := notice.New(identity.NewDirectory(m.Store), queue).Near(ctx, w)
	if err == nil {
		err = m.Store.Transact(ctx, ops)
	}
	if err != nil {
		t.Fatal(err)
	}
	tell(ctx)
	sent.all = nil
	if err := queue.Sweep(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	if len(sent.all) != 1 || sent.all[0].To[0] != "admin@example.com" || !strings.Contains(sent.all[0].Text, "4.2 GB of the 5 GB") || !strings.Contains(sent.all[0].Text, "https://apiq.example/settings/usage") {
		t.Errorf("%+v", sent.all)
	}
}
