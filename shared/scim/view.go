package scim

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
)

func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// person is a user of the directory: the membership, and what the directory has said.
type person struct {
	rec    userRecord
	member identity.Member
}

// person finds one by id. Members who were never in the directory are of it too: it may
// find and take over the people that are there.
func (s *Service) person(ctx context.Context, userID string) (person, error) {
	m, err := s.people.Member(ctx, userID)
	if err != nil {
		return person{}, notFound(err)
	}
	rec, version, err := table.GetJSON[userRecord](ctx, s.store, userKey(userID))
	switch {
	case errors.Is(err, table.ErrNotFound):
		return person{rec: recordOf(m), member: m}, nil
	case err != nil:
		return person{}, err
	case rec.Gone:
		return person{}, notHere()
	}
	rec.version = version
	return person{rec: rec, member: m}, nil
}

// recordOf is what there would be of a member that no directory has spoken of.
func recordOf(m identity.Member) userRecord {
	return userRecord{ID: m.ID, UserName: m.Email, Email: m.Email, Display: m.Name, Created: m.CreatedAt, Modified: m.UpdatedAt}
}

// view is the person as the protocol shows them.
func (s *Service) view(p person, groups []groupRecord) (User, error) {
	u := User{Schemas: []string{SchemaUser}, ID: p.rec.ID, ExternalID: p.rec.ExternalID, UserName: p.rec.UserName, Name: p.rec.Name,
		DisplayName: p.member.Name, Active: p.member.Active, Emails: []Email{{Value: p.member.Email, Type: "work", Primary: true}}}
	for _, g := range groups {
		if _, in := slices.BinarySearch(g.Members, p.rec.ID); in {
			u.Groups = append(u.Groups, Ref{Value: g.ID, Ref: s.base + "/Groups/" + g.ID, Display: g.DisplayName, Type: "direct"})
		}
	}
	modified := p.rec.Modified
	if p.member.UpdatedAt.After(modified) {
		modified = p.member.UpdatedAt
	}
	u.Meta = Meta{ResourceType: "User", Created: p.rec.Created.Truncate(time.Millisecond), LastModified: modified.Truncate(time.Millisecond), Location: s.base + "/Users/" + u.ID}
	var err error
	u.Meta.Version, err = versionOf(u)
	return u, err
}

func (s *Service) viewGroup(g groupRecord, names map[string]string) (Group, error) {
	out := Group{Schemas: []string{SchemaGroup}, ID: g.ID, ExternalID: g.ExternalID, DisplayName: g.DisplayName, Members: make([]Ref, len(g.Members))}
	for i, m := range g.Members {
		out.Members[i] = Ref{Value: m, Ref: s.base + "/Users/" + m, Type: "User"}
	}
	out.Meta = Meta{ResourceType: "Group", Created: g.Created.Truncate(time.Millisecond), LastModified: g.Modified.Truncate(time.Millisecond), Location: s.base + "/Groups/" + g.ID}
	var err error
	out.Meta.Version, err = versionOf(out)
	for i, m := range g.Members { // what a person is called is no part of the group's version
		out.Members[i].Display = names[m]
	}
	return out, err
}

func (s *Service) groups(ctx context.Context) ([]groupRecord, error) {
	var out []groupRecord
	err := all(ctx, s, pkGroups, func(g groupRecord, version int64) {
		g.version = version
		out = append(out, g)
	})
	return out, err
}

// everybody is the directory's people, by id.
func (s *Service) everybody(ctx context.Context) ([]person, error) {
	records := map[string]userRecord{}
	if err := all(ctx, s, pkUsers, func(r userRecord, version int64) {
		r.version = version
		records[r.ID] = r
	}); err != nil {
		return nil, err
	}
	var out []person
	for m, err := range s.people.AllMembers(ctx) {
		if err != nil {
			return nil, err
		}
		rec, known := records[m.ID]
		if known && rec.Gone {
			continue
		}
		if !known {
			rec = recordOf(m)
		}
		out = append(out, person{rec: rec, member: m})
	}
	return out, nil
}
