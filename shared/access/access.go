package access

import (
	"slices"

	"github.com/apiq/apiq/shared/route"
)

// Level is how far a person's rights to a resource go; each holds those before it.
type Level string

// The levels. What they mean for each kind of resource is in docs/security.md.
const (
	None   Level = "none"
	Use    Level = "use"
	Edit   Level = "edit"
	Manage Level = "manage" // share it, hand it on, delete it: the owner's and an admin's
)

func (l Level) rank() int { return slices.Index([]Level{None, Use, Edit, Manage}, l) }

// Setting says who may do what, the owner and admins aside.
type Setting struct {
	// Everyone is what each member of the workspace may do.
	Everyone Level `json:"everyone" jsonschema:"required,enum=none,enum=use,enum=edit"`
	// People are those who may do more.
	People []Grant `json:"people,omitempty" jsonschema:"maxItems=100"`
}

// Grant is what one member may do.
type Grant struct {
	UserID string `json:"userId" jsonschema:"required"`
	May    Level  `json:"may" jsonschema:"required,enum=use,enum=edit"`
}

// Sharing is what a resource's item holds of its owner and setting.
type Sharing struct {
	// OwnerID is a member's, or empty for what belongs to nobody: admins see to that.
	OwnerID string `json:"ownerId,omitempty"`
	// Access is nil where nobody has set it: every member edits.
	Access *Setting `json:"access,omitempty"`
}

// setting is the one that holds.
func (s Sharing) setting() Setting {
	if s.Access == nil {
		return Setting{Everyone: Edit}
	}
	return *s.Access
}

// Open says whether every member may do at least this.
func (s Sharing) Open(l Level) bool { return s.setting().Everyone.rank() >= l.rank() }

// Shared says whether somebody besides the owner and admins may use it.
func (s Sharing) Shared() bool {
	set := s.setting()
	return set.Everyone != None || slices.ContainsFunc(set.People, func(g Grant) bool { return g.UserID != s.OwnerID })
}

// For decides.
func (s Sharing) For(sub Subject) Rights {
	if sub.machine || sub.role == route.RoleAdmin {
		return Rights{Level: Manage, reads: true}
	}
	set := s.setting()
	r := Rights{Level: set.Everyone, open: set.Everyone == Edit, reads: sub.role == route.RoleAuditor}
	if sub.id == "" {
		return r
	}
	if sub.id == s.OwnerID {
		r.Level = Manage
	}
	for _, g := range set.People {
		if g.UserID == sub.id && g.May.rank() > r.Level.rank() {
			r.Level = g.May
		}
	}
	return r
}

// Explicit is the sharing with the setting that holds where nobody has set one.
func (s Sharing) Explicit() Sharing {
	set := s.setting()
	s.Access = &set
	return s
}

// Shown is the sharing as its reader sees it: who may use a resource need not know who
// else may. Nothing can be decided by it any more.
func (s Sharing) Shown(r Rights) Sharing {
	s = s.Explicit()
	if !r.Settings() {
		s.Access.People = nil
	}
	return s
}
