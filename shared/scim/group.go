package scim

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
)

// maxOps is how many operations fit into one change beside its audit record.
const maxOps = 20

type groupInput struct {
	displayName, externalID string
	members                 []string
}

func readGroup(doc map[string]any) (in groupInput, err error) {
	if in.displayName, err = textAt(doc, "", "displayName", maxText); err != nil {
		return in, err
	}
	if in.displayName == "" {
		return in, fault(invalidValue, "/displayName", "displayName is needed.")
	}
	if in.externalID, err = textAt(doc, "", "externalId", maxText); err != nil {
		return in, err
	}
	list, _ := doc["members"].([]any)
	for _, v := range list {
		value, ok := valueOf(v)
		if !ok || value == "" {
			return in, fault(invalidValue, "/members", "Each member needs a value: the id of a user.")
		}
		in.members = append(in.members, value)
	}
	slices.Sort(in.members)
	in.members = slices.Compact(in.members)
	if len(in.members) > maxMembers {
		return in, fault(tooMany, "/members", "A group may have at most 5,000 members here. Assign smaller groups.")
	}
	return in, nil
}

// Group is one group.
func (s *Service) Group(ctx context.Context, groupID string) (Group, error) {
	g, err := s.group(ctx, groupID)
	if err != nil {
		return Group{}, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return Group{}, err
	}
	return s.viewGroup(g, names)
}

func (s *Service) group(ctx context.Context, groupID string) (groupRecord, error) {
	if !id.Is(groupID, id.Group) {
		return groupRecord{}, notHere()
	}
	g, version, err := table.GetJSON[groupRecord](ctx, s.store, groupKey(groupID))
	g.version = version
	return g, notFound(err)
}

// CreateGroup takes a group in.
func (s *Service) CreateGroup(ctx context.Context, body json.RawMessage) (Group, error) {
	sent, err := decodeObject(body)
	if err != nil {
		return Group{}, err
	}
	doc, err := groupAttributes.read(sent)
	if err != nil {
		return Group{}, err
	}
	in, err := readGroup(doc)
	if err != nil {
		return Group{}, err
	}
	groupID, err := again(func() (string, error) {
		groups, err := s.groups(ctx)
		if err != nil {
			return "", err
		}
		if len(groups) >= maxGroups {
			return "", fault(tooMany, "", "A workspace may have at most 500 groups. Assign fewer.")
		}
		if slices.ContainsFunc(groups, func(g groupRecord) bool { return folded(g.DisplayName) == folded(in.displayName) }) {
			return "", taken("There is a group of this name already.")
		}
		now := s.now().UTC()
		g := groupRecord{ID: id.New(id.Group), Created: now}
		return g.ID, s.saveGroup(ctx, groups, g, &in, "scim.group.create")
	})
	if err != nil {
		return Group{}, err
	}
	return s.Group(ctx, groupID)
}

// ReplaceGroup is PUT.
func (s *Service) ReplaceGroup(ctx context.Context, groupID, ifMatch string, body json.RawMessage) (Group, error) {
	sent, err := decodeObject(body)
	if err != nil {
		return Group{}, err
	}
	doc, err := groupAttributes.read(sent)
	if err != nil {
		return Group{}, err
	}
	return s.changeGroup(ctx, groupID, ifMatch, func(map[string]any) (map[string]any, error) { return doc, nil })
}

// PatchGroup is PATCH.
func (s *Service) PatchGroup(ctx context.Context, groupID, ifMatch string, body json.RawMessage) (Group, error) {
	ops, err := readPatch(body)
	if err != nil {
		return Group{}, err
	}
	return s.changeGroup(ctx, groupID, ifMatch, func(have map[string]any) (map[string]any, error) {
		return have, groupAttributes.patch(have, ops)
	})
}

func (s *Service) changeGroup(ctx context.Context, groupID, ifMatch string, change func(map[string]any) (map[string]any, error)) (Group, error) {
	return again(func() (Group, error) {
		g, groups, err := s.matched(ctx, groupID, ifMatch)
		if err != nil {
			return Group{}, err
		}
		members := make([]any, len(g.Members))
		for i, m := range g.Members {
			members[i] = map[string]any{"value": m}
		}
		doc, err := change(map[string]any{"displayName": g.DisplayName, "externalId": g.ExternalID, "members": members})
		if err != nil {
			return Group{}, err
		}
		in, err := readGroup(doc)
		if err != nil {
			return Group{}, err
		}
		if slices.ContainsFunc(groups, func(o groupRecord) bool { return o.ID != g.ID && folded(o.DisplayName) == folded(in.displayName) }) {
			return Group{}, taken("There is a group of this name already.")
		}
		if err := s.saveGroup(ctx, groups, g, &in, "scim.group.update"); err != nil {
			return Group{}, err
		}
		return s.Group(ctx, groupID)
	})
}

// matched is a group as its client saw it, with all groups.
func (s *Service) matched(ctx context.Context, groupID, ifMatch string) (groupRecord, []groupRecord, error) {
	g, err := s.group(ctx, groupID)
	if err != nil {
		return groupRecord{}, nil, err
	}
	view, err := s.viewGroup(g, nil)
	if err != nil {
		return groupRecord{}, nil, err
	}
	if err := checkMatch(ifMatch, view.Meta.Version); err != nil {
		return groupRecord{}, nil, err
	}
	groups, err := s.groups(ctx)
	return g, groups, err
}

// DeleteGroup removes a group, and the role that it gave.
func (s *Service) DeleteGroup(ctx context.Context, groupID, ifMatch string) error {
	_, err := again(func() (struct{}, error) {
		g, groups, err := s.matched(ctx, groupID, ifMatch)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.saveGroup(ctx, groups, g, nil, "scim.group.delete")
	})
	return err
}

// saveGroup writes a group (nil: deletes it) and the roles that change with it. All
// changes of groups and of settings go through the item of the settings, so that roles
// are worked out from groups that nobody else changes meanwhile.
func (s *Service) saveGroup(ctx context.Context, groups []groupRecord, g groupRecord, in *groupInput, action string) error {
	settings, version, err := s.settings(ctx)
	if err != nil {
		return err
	}
	before := g
	rest := slices.DeleteFunc(slices.Clone(groups), func(o groupRecord) bool { return o.ID == g.ID })
	name, members := g.DisplayName, 0
	var op table.Op
	if in == nil {
		op = table.Delete(groupKey(g.ID), table.IfVersion(g.version))
		g.Members = nil
	} else {
		if g.Members, err = s.known(ctx, before.Members, in.members); err != nil {
			return err
		}
		g.DisplayName, g.ExternalID, g.Modified = in.displayName, in.externalID, s.now().UTC()
		name, members = g.DisplayName, len(g.Members)
		if op, err = putOp(groupKey(g.ID), g, table.Unchanged(before.version)); err != nil {
			return err
		}
		rest = append(rest, g)
	}
	lock, err := putOp(settingsKey, settings, table.Unchanged(version))
	if err != nil {
		return err
	}
	return s.commitRoles(ctx, settings, rest, affected(settings, before, g), []table.Op{op, lock},
		audit.Entry{Action: action, Resource: g.ID, Message: "the directory's group " + name, Details: map[string]any{"members": members}})
}

// known checks the members that are new to a group; those of before who are gone are
// left out.
func (s *Service) known(ctx context.Context, before, want []string) ([]string, error) {
	out := make([]string, 0, len(want))
	var people map[string]string
	for _, userID := range want {
		if _, was := slices.BinarySearch(before, userID); was {
			out = append(out, userID)
			continue
		}
		if people == nil {
			var err error
			if people, err = s.names(ctx); err != nil {
				return nil, err
			}
		}
		if _, ok := people[userID]; !ok {
			return nil, fault(invalidValue, "/members", "A member is no user of this workspace: create the user first.")
		}
		out = append(out, userID)
	}
	return out, nil
}

// affected are those whose role may change with a group: whoever came or went, and all
// of it where its name gives another role than before.
func affected(set Settings, before, after groupRecord) []string {
	was, wasMapped := set.roleOf(before.DisplayName)
	is, isMapped := set.roleOf(after.DisplayName)
	if !wasMapped && !isMapped {
		return nil
	}
	var out []string
	for _, userID := range before.Members {
		if _, in := slices.BinarySearch(after.Members, userID); !in || was != is {
			out = append(out, userID)
		}
	}
	for _, userID := range after.Members {
		if _, in := slices.BinarySearch(before.Members, userID); !in {
			out = append(out, userID)
		}
	}
	return out
}

// commitRoles commits ops together with the roles of those affected. More than fit into
// one transaction go ahead in others, each with a record: what then stops in the middle
// is made good by the directory's next try, since every role is worked out anew.
func (s *Service) commitRoles(ctx context.Context, set Settings, groups []groupRecord, affected []string, ops []table.Op, e audit.Entry) error {
	slices.Sort(affected)
	affected = slices.Compact(affected)
	var changes []identity.SeatChange
	for _, userID := range affected {
		p, err := s.person(ctx, userID)
		if apierr.CodeOf(err) == apierr.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		role := set.role(userID, groups)
		if p.member.Role != role {
			changes = append(changes, identity.SeatChange{ID: p.member.ID, Role: &role})
		}
	}
	// Who gains comes first: a new admin is one before the last old one is none.
	slices.SortStableFunc(changes, func(a, b identity.SeatChange) int { return power(*b.Role) - power(*a.Role) })
	room := maxOps - len(ops)
	for len(changes) > room {
		n := min(len(changes)-room, room)
		if err := s.commitSeats(ctx, changes[:n], nil, audit.Entry{Action: "scim.roles", Resource: e.Resource, Message: "roles by " + e.Message}); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return s.commitSeats(ctx, changes, ops, e)
}

func (s *Service) commitSeats(ctx context.Context, changes []identity.SeatChange, ops []table.Op, e audit.Entry) error {
	_, seats, err := s.people.PlanSeats(ctx, changes...)
	if err != nil {
		if errors.Is(err, table.ErrNotFound) {
			return table.ErrCondition // a member went meanwhile: once more
		}
		return err
	}
	return s.trail.Commit(ctx, append(slices.Clone(ops), seats...), e)
}
