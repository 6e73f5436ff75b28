package hometest

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

const policyPath = "/api/admin/policy"

// standing is what a workspace asks of who asks.
type standing struct {
	Rules struct {
		IdleMinutes  int
		SecondFactor *struct {
			Due  string
			From time.Time
			Now  bool
		}
	}
}

func (p Person) standing() (s standing) {
	p.t.Helper()
	p.Must(200, "GET", "/api/auth/me", nil).Into(p.t, &s)
	return s
}

// testPolicy: a workspace asks for a second factor. Who has none reaches what the table
// says and nothing else, by no session and no token, until they have one.
func testPolicy(t *testing.T, h *house) {
	admin := Register(t, h, "ada")
	member := admin.Invite("bob", route.RoleUser)
	token, _ := member.token(route.ScopeAll)
	admin.Refused(apierr.ValidationFailed, "PUT", policyPath, Obj{"requireSecondFactor": true}, "/requireSecondFactor")
	admin.Refused(apierr.ValidationFailed, "PUT", policyPath, Obj{"idleMinutes": 4, "sessionHours": 0}, "/idleMinutes", "/sessionHours")
	member.Refused(apierr.Forbidden, "PUT", policyPath, Obj{})
	admin.enrol()
	later := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	admin.Must(200, "PUT", policyPath, Obj{"requireSecondFactor": true, "from": later, "idleMinutes": 30})
	if s := member.standing(); s.Rules.IdleMinutes != 30 || s.Rules.SecondFactor == nil || s.Rules.SecondFactor.Now || !s.Rules.SecondFactor.From.Equal(later) {
		t.Errorf("%+v", s.Rules)
	}
	member.Must(200, "GET", "/api/workflows", nil)
	var set struct{ Version int64 }
	admin.Must(200, "PUT", policyPath, Obj{"requireSecondFactor": true}).Into(t, &set)
	admin.Expect(admin.Send("PUT", policyPath, Obj{}, "If-Match", strconv.FormatInt(set.Version-1, 10)), apierr.VersionStale, "an older version")
	if s := member.standing(); s.Rules.SecondFactor == nil || !s.Rules.SecondFactor.Now || s.Rules.SecondFactor.Due != "second_factor_required" {
		t.Errorf("%+v", s.Rules)
	}

	bodies, parameter := requests("con_none"), regexp.MustCompile(`\{\w+\}`)
	for _, row := range route.Table() {
		if row.Access == route.Public || row.Access == route.Provisioning || row.Enrolling {
			continue
		}
		path := parameter.ReplaceAllString(row.Path, "none")
		for who, p := range map[string]Person{"session": member, "token": token} {
			got := p.Send(row.Method, path, bodies[row.ID])
			if got.Status != 403 || got.Code != "FORBIDDEN" || len(got.Errors) != 1 || got.Errors[0].Code != "second_factor_required" {
				t.Errorf("%s by the %s of who has no second factor: %d %s", row.ID, who, got.Status, got.Raw)
			}
		}
	}
	token.Must(200, "GET", "/api/auth/me", nil)

	if listed := admin.members(); !listed[admin.ID].SecondFactor || listed[member.ID].SecondFactor {
		t.Errorf("%+v", listed)
	}
	member.enrol()
	member.Must(200, "GET", "/api/workflows", nil)
	token.Must(200, "GET", "/api/workflows", nil)
	if s := member.standing(); s.Rules.SecondFactor != nil {
		t.Errorf("%+v", s.Rules)
	}
}
