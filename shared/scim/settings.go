package scim

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
)

const maxMappings = 50

// Settings say which role the directory's people get.
type Settings struct {
	// DefaultRole is for who is in no group that gives a role.
	DefaultRole route.Role `json:"defaultRole" jsonschema:"required,enum=USER,enum=ADMIN,enum=AUDITOR"`
	// Groups give roles by their displayName, whatever its case. Of several the one that
	// may do most counts: ADMIN, USER, AUDITOR.
	Groups []Mapping `json:"groups"`
}

// Mapping is one group's role.
type Mapping struct {
	Group string     `json:"group" jsonschema:"required,minLength=1,maxLength=254"`
	Role  route.Role `json:"role" jsonschema:"required,enum=USER,enum=ADMIN,enum=AUDITOR"`
}

// Settings are the workspace's. Nobody is an admin by default.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	set, _, err := s.settings(ctx)
	return set, err
}

func (s *Service) settings(ctx context.Context) (Settings, int64, error) {
	set, version, err := table.GetJSON[Settings](ctx, s.store, settingsKey)
	if errors.Is(err, table.ErrNotFound) {
		return Settings{DefaultRole: route.RoleUser, Groups: []Mapping{}}, 0, nil
	}
	return set, version, err
}

func (set Settings) check() error {
	if !slices.Contains(route.Roles(), set.DefaultRole) {
		return fault("enum", "/defaultRole", "Must be USER, ADMIN or AUDITOR.")
	}
	if len(set.Groups) > maxMappings {
		return fault("length", "/groups", "At most 50 groups may give a role.")
	}
	seen := map[string]bool{}
	for _, m := range set.Groups {
		switch {
		case strings.TrimSpace(m.Group) == "" || len(m.Group) > maxText || !utf8.ValidString(m.Group):
			return fault("length", "/groups", "Give each group by its display name, of at most 254 bytes.")
		case !slices.Contains(route.Roles(), m.Role):
			return fault("enum", "/groups", "Each role must be USER, ADMIN or AUDITOR.")
		case seen[folded(m.Group)]:
			return fault("repeated", "/groups", "Each group may be named once.")
		}
		seen[folded(m.Group)] = true
	}
	return nil
}

// SaveSettings keeps the settings. Members of the groups that they name get their roles
// with it; who is in none keeps the role that they have.
func (s *Service) SaveSettings(ctx context.Context, set Settings) (Settings, error) {
	if err := set.check(); err != nil {
		return Settings{}, err
	}
	if set.Groups == nil {
		set.Groups = []Mapping{}
	}
	return again(func() (Settings, error) {
		_, version, err := s.settings(ctx)
		if err != nil {
			return Settings{}, err
		}
		groups, err := s.groups(ctx)
		if err != nil {
			return Settings{}, err
		}
		var affected []string
		for _, g := range groups {
			if _, mapped := set.roleOf(g.DisplayName); mapped {
				affected = append(affected, g.Members...)
			}
		}
		op, err := putOp(settingsKey, set, table.Unchanged(version))
		if err != nil {
			return Settings{}, err
		}
		return set, s.commitRoles(ctx, set, groups, affected, []table.Op{op},
			audit.Entry{Action: "scim.settings", Message: "changed which roles the directory gives", Details: set})
	})
}

func (set Settings) roleOf(group string) (route.Role, bool) {
	for _, m := range set.Groups {
		if folded(m.Group) == folded(group) {
			return m.Role, true
		}
	}
	return "", false
}

// power orders roles by what they may do.
func power(r route.Role) int {
	return slices.Index([]route.Role{route.RoleAuditor, route.RoleUser, route.RoleAdmin}, r)
}

// role is the one that a person's groups give.
func (set Settings) role(userID string, groups []groupRecord) route.Role {
	var best route.Role
	for _, g := range groups {
		if _, in := slices.BinarySearch(g.Members, userID); !in {
			continue
		}
		if r, ok := set.roleOf(g.DisplayName); ok && power(r) > power(best) {
			best = r
		}
	}
	if best == "" {
		return set.DefaultRole
	}
	return best
}
