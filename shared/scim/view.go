package scim

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
)

func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// person is a user of the directory: the membership, where there is one, and what the
// directory has said.
type person struct {
	rec    userRecord
	member identity.Member // no id: invited, not accepted yet
}

// person finds one by id. Members who were never in the directory are of it too: it may
// find and take over the people that are there.
func (s *Service) person(ctx context.Context, userID string) (person, error) {
	rec, version, err := table.GetJSON[userRecord](ctx, s.store, userKey(userID))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return person{}, err
	}
	known := err == nil
	if known && rec.Gone {
		return person{}, notHere()
	}
	rec.version = version
	p := person{rec: rec}
	if known && rec.Invited {
		p.member, err = s.people.MemberByEmail(ctx, rec.Email)
	} else {
		p.member, err = s.people.Member(ctx, userID)
	}
	switch {
	case err == nil && !known:
		p.rec = recordOf(p.member)
	case errors.Is(err, table.ErrNotFound) && known && rec.Invited:
	case err != nil:
		return person{}, notFound(err)
	}
	return p, nil
}

// recordOf is what there would be of a member that no directory has spoken of.
func recordOf(m identity.Member) userRecord {
	return userRecord{ID: m.ID, UserName: m.Email, Email: m.Email, Display: m.Name, Active: m.Active, Created: m.CreatedAt, Modified: m.UpdatedAt}
}

func (p person) active() bool {
	if p.member.ID != "" {
		return p.member.Active
	}
	return p.rec.Active
}

// view is the person as the protocol shows them.
func (s *Service) view(p person, groups []groupRecord) (User, error) {
	u := User{Schemas: []string{SchemaUser}, ID: p.rec.ID, ExternalID: p.rec.ExternalID, UserName: p.rec.UserName, Name: p.rec.Name,
		DisplayName: cmp.Or(p.member.Name, p.rec.Display), Active: p.active(), Emails: []Email{{Value: cmp.Or(p.member.Email, p.rec.Email), Type: "work", Primary: true}}}
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
	invited := map[string]userRecord{} // by address: whoever accepted is the member of that address
	for _, r := range records {
		if r.Invited && !r.Gone {
			invited[r.Email] = r
		}
	}
	var out []person
	for m, err := range s.people.AllMembers(ctx) {
		if err != nil {
			return nil, err
		}
		rec, known := records[m.ID]
		if alias, ok := invited[m.Email]; ok {
			rec, known = alias, true
			delete(invited, m.Email)
		}
		switch {
		case !known:
			rec = recordOf(m)
		case rec.Gone:
			continue
		}
		out = append(out, person{rec: rec, member: m})
	}
	for _, r := range invited {
		out = append(out, person{rec: r})
	}
	slices.SortFunc(out, func(a, b person) int { return strings.Compare(a.rec.ID, b.rec.ID) })
	return out, nil
}
