package access

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
)

// maxPeople bounds whom one resource is shared with by name: they lie in its item.
const maxPeople = 100

// Change is what an owner or an admin changes of a sharing; what is nil stays.
type Change struct {
	// OwnerID hands the resource to another member, who is no auditor.
	OwnerID  *string  `json:"ownerId,omitempty"`
	Everyone *Level   `json:"everyone,omitempty" jsonschema:"enum=none,enum=use,enum=edit"`
	People   *[]Grant `json:"people,omitempty" jsonschema:"maxItems=100"`
}

// Of is the change that a whole setting makes.
func (s Setting) Of() Change { return Change{Everyone: &s.Everyone, People: &s.People} }

// Apply is the sharing after a change. The error is VALIDATION_FAILED with every
// problem by path.
func (s Sharing) Apply(ctx context.Context, c Change, members Members) (Sharing, error) {
	set := s.setting()
	set.People = slices.Clone(set.People)
	var problems []apierr.Problem
	refuse := func(path, code, format string, args ...any) {
		problems = append(problems, apierr.Problem{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if c.OwnerID != nil && *c.OwnerID != s.OwnerID {
		switch role, err := members.Standing(ctx, *c.OwnerID); {
		case errors.Is(err, table.ErrNotFound):
			refuse("/ownerId", "unknown", "No member of this workspace has this id.")
		case err != nil:
			return s, err
		case role == route.RoleAuditor:
			refuse("/ownerId", "role", "An auditor changes nothing: choose a USER or an ADMIN.")
		}
		s.OwnerID = *c.OwnerID
	}
	if c.Everyone != nil {
		if !slices.Contains([]Level{None, Use, Edit}, *c.Everyone) {
			refuse("/everyone", "enum", "One of none, use, edit.")
		}
		set.Everyone = *c.Everyone
	}
	if c.People != nil {
		if len(*c.People) > maxPeople {
			return s, apierr.Newf(apierr.ValidationFailed, "At most %d people can be named.", maxPeople).
				With(apierr.Problem{Path: "/people", Code: "too_many", Message: "Let everyone use it instead."})
		}
		set.People = slices.Clone(*c.People)
		for i, g := range set.People {
			at := fmt.Sprintf("/people/%d", i)
			if g.May != Use && g.May != Edit {
				refuse(at+"/may", "enum", "One of use, edit.")
			}
			if slices.ContainsFunc(set.People[:i], func(other Grant) bool { return other.UserID == g.UserID }) {
				refuse(at+"/userId", "duplicate", "This member is named twice.")
				continue
			}
			_, err := members.Standing(ctx, g.UserID)
			if errors.Is(err, table.ErrNotFound) {
				refuse(at+"/userId", "unknown", "No member of this workspace has this id.")
			} else if err != nil {
				return s, err
			}
		}
	}
	if len(problems) > 0 {
		return s, apierr.New(apierr.ValidationFailed, "The access cannot be set like this.").With(problems...)
	}
	s.Access = &set
	return s, nil
}

// Without is the sharing after a member has left: what was theirs is heir's, and they
// are named no more. changed says whether that differs.
func (s Sharing) Without(userID, heir string) (out Sharing, changed bool) {
	if s.OwnerID == userID {
		s.OwnerID, changed = heir, true
	}
	if s.Access == nil {
		return s, changed
	}
	left := slices.DeleteFunc(slices.Clone(s.Access.People), func(g Grant) bool { return g.UserID == userID })
	if len(left) != len(s.Access.People) {
		s.Access, changed = &Setting{Everyone: s.Access.Everyone, People: left}, true
	}
	return s, changed
}

// Details are what the trail says of a change.
func (s Sharing) Details(before Sharing) map[string]any {
	return map[string]any{"ownerId": s.OwnerID, "access": s.setting(), "before": map[string]any{"ownerId": before.OwnerID, "access": before.setting()}}
}
