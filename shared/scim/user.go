package scim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
)

// userInput is what the directory wants a user to be.
type userInput struct {
	userName, externalID, display string
	name                          *Name
	email                         string // "" where none was sent
	active                        bool
}

// readUser checks a document of known attributes.
func readUser(doc map[string]any) (in userInput, err error) {
	if in.userName, err = textAt(doc, "", "userName", maxText); err != nil {
		return in, err
	}
	if in.userName == "" {
		return in, fault(invalidValue, "/userName", "userName is needed.")
	}
	if in.externalID, err = textAt(doc, "", "externalId", maxText); err != nil {
		return in, err
	}
	if in.display, err = textAt(doc, "", "displayName", maxText); err != nil {
		return in, err
	}
	if in.name, err = readName(doc); err != nil {
		return in, err
	}
	in.active = true
	if v, ok := doc["active"]; ok {
		if in.active, ok = boolean(v); !ok {
			return in, fault(invalidValue, "/active", "active must be true or false.")
		}
	}
	in.email, err = primaryEmail(doc)
	return in, err
}

func readName(doc map[string]any) (*Name, error) {
	m, _ := doc["name"].(map[string]any)
	var n Name
	for _, f := range []struct {
		to   *string
		name string
	}{{&n.Formatted, "formatted"}, {&n.GivenName, "givenName"}, {&n.FamilyName, "familyName"}} {
		var err error
		if *f.to, err = textAt(m, "/name", f.name, maxText); err != nil {
			return nil, err
		}
	}
	if n == (Name{}) {
		return nil, nil
	}
	return &n, nil
}

// primaryEmail is the address that counts: the primary one, else the one for work, else
// the first.
func primaryEmail(doc map[string]any) (string, error) {
	list, _ := doc["emails"].([]any)
	best, rank := "", 0
	for _, item := range list {
		m, _ := item.(map[string]any)
		value, err := textAt(m, "/emails", "value", maxText)
		if err != nil {
			return "", err
		}
		r := 1
		if typ, _ := m["type"].(string); strings.EqualFold(typ, "work") {
			r = 2
		}
		if primary, _ := boolean(m["primary"]); primary {
			r = 3
		}
		if value != "" && r > rank {
			best, rank = strings.ToLower(value), r
		}
	}
	if best != "" && !isEmail(best) {
		return "", fault(invalidValue, "/emails", "An e-mail address must be one, such as ada@example.com.")
	}
	return best, nil
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// called is the name that people see: what the directory says, cut to what a name may have.
func (in userInput) called() string {
	parts := ""
	if in.name != nil {
		parts = cmp.Or(in.name.Formatted, strings.TrimSpace(in.name.GivenName+" "+in.name.FamilyName))
	}
	name := []rune(cmp.Or(in.display, parts, in.userName))
	return strings.TrimSpace(string(name[:min(len(name), 100)]))
}

func (in userInput) fill(r *userRecord) {
	r.UserName, r.ExternalID, r.Name, r.Display = in.userName, in.externalID, in.name, in.called()
}

// User is one person.
func (s *Service) User(ctx context.Context, userID string) (User, error) {
	p, err := s.person(ctx, userID)
	if err != nil {
		return User{}, err
	}
	groups, err := s.groups(ctx)
	if err != nil {
		return User{}, err
	}
	return s.view(p, groups)
}

// named is whose userName this is, "" for nobody's.
func (s *Service) named(ctx context.Context, userName string) (string, error) {
	ref, _, err := table.GetJSON[nameRecord](ctx, s.store, userNameKey(userName))
	if err == nil {
		switch _, err := s.person(ctx, ref.ID); {
		case err == nil:
			return ref.ID, nil
		case apierr.CodeOf(err) != apierr.NotFound:
			return "", err
		}
	} else if !errors.Is(err, table.ErrNotFound) {
		return "", err
	}
	// Members that the directory has not spoken of go by their address.
	m, err := s.people.MemberByEmail(ctx, userName)
	if errors.Is(err, table.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, _, err = table.GetJSON[userRecord](ctx, s.store, userKey(m.ID))
	if err == nil { // the directory has, and calls them otherwise or has deleted them
		return "", nil
	}
	if !errors.Is(err, table.ErrNotFound) {
		return "", err
	}
	return m.ID, nil
}

// CreateUser takes somebody into the workspace.
func (s *Service) CreateUser(ctx context.Context, body json.RawMessage) (User, error) {
	sent, err := decodeObject(body)
	if err != nil {
		return User{}, err
	}
	doc, err := userAttributes.read(sent)
	if err != nil {
		return User{}, err
	}
	in, err := readUser(doc)
	if err != nil {
		return User{}, err
	}
	email := cmp.Or(in.email, strings.ToLower(in.userName))
	if !isEmail(email) {
		return User{}, fault(invalidValue, "/emails", "An e-mail address is needed: as one of emails, or as the userName.")
	}
	userID, err := s.create(ctx, in, email)
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, userID)
}

func (s *Service) create(ctx context.Context, in userInput, email string) (string, error) {
	settings, _, err := s.settings(ctx)
	if err != nil {
		return "", err
	}
	seat, err := s.people.PlanSeat(ctx, email, in.called(), settings.DefaultRole, in.active)
	if err != nil {
		return "", err
	}
	defer seat.Done()
	now := s.now().UTC()
	// There is a record of who was a member before: deleted by the directory, or removed by an admin.
	rec, version, err := table.GetJSON[userRecord](ctx, s.store, userKey(seat.Member.ID))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return "", err
	}
	before := rec.UserName
	ops, message := seat.Ops, "added "+email
	if seat.Taken {
		if !rec.Gone {
			return "", taken("A member has this e-mail address already. Look for them by userName, and change what is there.")
		}
		// Deleted by the directory, and now named again: they come back as who they were.
		called := in.called()
		if _, ops, err = s.people.PlanSeats(ctx, identity.SeatChange{ID: seat.Member.ID, Name: &called, Active: &in.active, Role: &settings.DefaultRole}); err != nil {
			return "", err
		}
		message = "took back " + email
	}
	rec = userRecord{ID: seat.Member.ID, Email: email, Created: now, Modified: now}
	in.fill(&rec)
	op, err := putOp(userKey(rec.ID), rec, table.Unchanged(version))
	if err != nil {
		return "", err
	}
	name, err := s.nameOps(ctx, rec, before)
	if err != nil {
		return "", err
	}
	err = s.trail.Commit(ctx, append(append(ops, op), name...), audit.Entry{Action: "scim.user.create", Resource: rec.ID, Message: "the directory " + message, Details: map[string]any{"active": in.active}})
	if raced(err) {
		return "", taken("There is a user of this name or e-mail address already.")
	}
	return rec.ID, err
}

// nameOps give a person their name, where it is nobody else's, and give the one of
// before back.
func (s *Service) nameOps(ctx context.Context, rec userRecord, before string) ([]table.Op, error) {
	key := userNameKey(rec.UserName)
	_, version, err := table.GetJSON[nameRecord](ctx, s.store, key)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return nil, err
	}
	other, err := s.named(ctx, rec.UserName)
	if err != nil {
		return nil, err
	}
	if other != "" && other != rec.ID {
		return nil, taken("There is a user of this name already.")
	}
	op, err := putOp(key, nameRecord{rec.ID}, table.Unchanged(version))
	ops := []table.Op{op}
	if before != "" && digest(before) != digest(rec.UserName) {
		ops = append(ops, table.Delete(userNameKey(before), table.Always()))
	}
	return ops, err
}

// ReplaceUser is PUT: what is not sent is not there any more; active stays as it is.
func (s *Service) ReplaceUser(ctx context.Context, userID, ifMatch string, body json.RawMessage) (User, error) {
	sent, err := decodeObject(body)
	if err != nil {
		return User{}, err
	}
	doc, err := userAttributes.read(sent)
	if err != nil {
		return User{}, err
	}
	return s.changeUser(ctx, userID, ifMatch, func(have map[string]any) (map[string]any, error) {
		if _, ok := doc["active"]; !ok {
			doc["active"] = have["active"]
		}
		return doc, nil
	})
}

// PatchUser is PATCH.
func (s *Service) PatchUser(ctx context.Context, userID, ifMatch string, body json.RawMessage) (User, error) {
	ops, err := readPatch(body)
	if err != nil {
		return User{}, err
	}
	return s.changeUser(ctx, userID, ifMatch, func(have map[string]any) (map[string]any, error) {
		return have, userAttributes.patch(have, ops)
	})
}

func (s *Service) changeUser(ctx context.Context, userID, ifMatch string, change func(map[string]any) (map[string]any, error)) (User, error) {
	return again(func() (User, error) {
		p, err := s.person(ctx, userID)
		if err != nil {
			return User{}, err
		}
		groups, err := s.groups(ctx)
		if err != nil {
			return User{}, err
		}
		before, err := s.view(p, groups)
		if err != nil {
			return User{}, err
		}
		if err := checkMatch(ifMatch, before.Meta.Version); err != nil {
			return User{}, err
		}
		sent, err := asMap(before)
		if err != nil {
			return User{}, err
		}
		doc, err := userAttributes.read(sent)
		if err != nil {
			return User{}, err
		}
		if doc, err = change(doc); err != nil {
			return User{}, err
		}
		in, err := readUser(doc)
		if err != nil {
			return User{}, err
		}
		if in.email != "" && in.email != before.Emails[0].Value {
			return User{}, fault(mutability, "/emails", "The e-mail address is the account's, and its owner's to change, under Settings. The userName may be changed here.")
		}
		if err := s.saveUser(ctx, p, in); err != nil {
			return User{}, err
		}
		return s.User(ctx, userID)
	})
}

// saveUser writes a changed person; where nothing changed, only the trail.
func (s *Service) saveUser(ctx context.Context, p person, in userInput) error {
	rec := p.rec
	in.fill(&rec)
	rec.Modified = s.now().UTC()
	op, err := putOp(userKey(rec.ID), rec, table.Unchanged(rec.version))
	if err != nil {
		return err
	}
	ops := []table.Op{op}
	if digest(rec.UserName) != digest(p.rec.UserName) || p.rec.version == 0 {
		name, err := s.nameOps(ctx, rec, p.rec.UserName)
		if err != nil {
			return err
		}
		ops = append(ops, name...)
	}
	called := in.called()
	_, seats, err := s.people.PlanSeats(ctx, identity.SeatChange{ID: p.member.ID, Name: &called, Active: &in.active})
	if err != nil {
		return err
	}
	message := "the directory changed " + rec.Email
	if in.active != p.member.Active {
		message = map[bool]string{true: "the directory activated ", false: "the directory deactivated "}[in.active] + rec.Email
	}
	return s.trail.Commit(ctx, append(ops, seats...), audit.Entry{Action: "scim.user.update", Resource: rec.ID, Message: message, Details: map[string]any{"active": in.active}})
}

// DeleteUser ends somebody's place: the membership stays, inactive, so that what they
// made keeps its owner and the trail its names. The directory does not see them again
// until it names them anew.
func (s *Service) DeleteUser(ctx context.Context, userID, ifMatch string) error {
	_, err := again(func() (struct{}, error) {
		p, err := s.person(ctx, userID)
		if err != nil {
			return struct{}{}, err
		}
		groups, err := s.groups(ctx)
		if err != nil {
			return struct{}{}, err
		}
		view, err := s.view(p, groups)
		if err != nil {
			return struct{}{}, err
		}
		if err := checkMatch(ifMatch, view.Meta.Version); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.remove(ctx, p, groups)
	})
	return err
}

func (s *Service) remove(ctx context.Context, p person, groups []groupRecord) error {
	no := false
	_, ops, err := s.people.PlanSeats(ctx, identity.SeatChange{ID: p.member.ID, Active: &no})
	if err != nil {
		return err
	}
	now := s.now().UTC()
	rec := p.rec
	rec.Gone, rec.Modified = true, now
	gone, err := putOp(userKey(rec.ID), rec, table.Unchanged(rec.version))
	if err != nil {
		return err
	}
	ops = append(ops, gone, table.Delete(userNameKey(rec.UserName), table.Always()))
	for _, g := range groups {
		i, in := slices.BinarySearch(g.Members, rec.ID)
		if !in || len(ops) >= maxOps {
			continue // what a group still names and is not there is left out when it is changed
		}
		g.Members, g.Modified = slices.Delete(slices.Clone(g.Members), i, i+1), now
		op, err := putOp(groupKey(g.ID), g, table.IfVersion(g.version))
		if err != nil {
			return err
		}
		ops = append(ops, op)
	}
	return s.trail.Commit(ctx, ops, audit.Entry{Action: "scim.user.delete", Resource: rec.ID, Message: "the directory removed " + rec.Email})
}
