package identity

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// maxExported bounds the records of one workspace's trail in an export.
	maxExported = 100_000
	exportPage  = 250
	// maxLetters bounds the messages in an export.
	maxLetters = 10_000
)

const exportReadme = `This archive is everything that APIQ holds on you.

profile.json       your account; a password is kept as a hash only, which is not in here
identities.json    your accounts at sign-in providers that lead to this one
workspaces.json    the workspaces that you belong to, and your role in each
sessions.json      your live sessions: device, address, times
tokens.json        your personal API tokens; the tokens themselves are kept as hashes only
factors.json       which second factors you have enrolled; their secrets are not in here
passkeys.json      your passkeys by name; the private keys never leave your devices
mail.json          letters about your account that this installation keeps: to whom, about
                   what, when. Not their text, which may hold links that sign people in. What
                   is sent by a mail server is not kept; what waits for it is gone within a day
deletions.json     proofs that workspaces of yours were deleted
work/ID.json       connections, workflows, plans, runs and triggers of each workspace that you
                   made or changed: what you did to them, first and last
audit/ID.ndjson    what the trail of each workspace says that you did, newest first: a record
                   a line, at most 100,000

What you made in a workspace is the workspace's; its admins can export it.
`

// Identity is an account at a provider that leads to a person's.
type Identity struct {
	Provider string `json:"provider"`
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	Email    string `json:"email,omitempty"`
	// WorkspaceID is whose provider it is; empty: the operator's.
	WorkspaceID string    `json:"workspaceId,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
}

// passkeyNote is what is told of a passkey without what judges it (package passkey).
type passkeyNote struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
}

// worked is a resource that a person made or changed.
type worked struct {
	ID    string    `json:"id"`
	Did   []string  `json:"did"` // actions of the trail
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// kinds are the resources that work/ID.json has, by the prefix of their ids.
var kinds = map[string]string{id.Connection: "connections", id.Workflow: "workflows", id.Plan: "plans", id.Execution: "runs", id.Trigger: "triggers"}

// ExportAccount writes everything that is held on a person as one ZIP archive. Nothing
// is written before the first read has succeeded; after that an error leaves a torn file.
func (s *Service) ExportAccount(ctx context.Context, p Principal, begin func() io.Writer) error {
	parts, memberships, err := s.held(ctx, p)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(begin())
	file := func(name string) (io.Writer, error) {
		return archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: s.now()})
	}
	readme, err := file("README.txt")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(readme, exportReadme); err != nil {
		return err
	}
	document := func(name string, v any) error {
		w, err := file(name)
		if err != nil {
			return err
		}
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if err := document(name, parts[name]); err != nil {
			return err
		}
	}
	for _, m := range memberships {
		w, err := file("audit/" + m.Workspace.ID + ".ndjson")
		if err != nil {
			return err
		}
		work, err := s.exportTrail(tenant.With(ctx, m.Workspace.ID), p.UserID, w)
		if err != nil {
			return err
		}
		if err := document("work/"+m.Workspace.ID+".json", work); err != nil {
			return err
		}
	}
	return archive.Close()
}

// held is what the installation's records hold of a person, by the name of its file.
func (s *Service) held(ctx context.Context, p Principal) (map[string]any, []Membership, error) {
	u, err := s.account(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	parts := map[string]any{"profile.json": u.User}
	var memberships []Membership
	for name, read := range map[string]func() (any, error){
		"identities.json": func() (any, error) { return s.identities(ctx, u.ID) },
		"workspaces.json": func() (_ any, err error) { memberships, err = s.memberships(ctx, u); return memberships, err },
		"sessions.json":   func() (any, error) { return s.Sessions(ctx, p) },
		"tokens.json":     func() (any, error) { return s.Tokens(ctx, p) },
		"factors.json":    func() (any, error) { return s.Factors(ctx, p) },
		"passkeys.json":   func() (any, error) { return records[passkeyNote](ctx, s, "PASSKEYS#"+u.ID) },
		"mail.json":       func() (any, error) { return s.letters(ctx, u.ID) },
		"deletions.json": func() (any, error) {
			if p.Bound() != "" {
				return []Deletion{}, nil
			}
			return s.Deletions(ctx, p)
		},
	} {
		if parts[name], err = read(); err != nil {
			return nil, nil, err
		}
	}
	return parts, memberships, nil
}

// records reads the system records of a partition.
func records[T any](ctx context.Context, s *Service, pk string) ([]T, error) {
	all := []T{}
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: pk}) {
		if err != nil {
			return nil, err
		}
		var one T
		if err := item.Decode(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (s *Service) identities(ctx context.Context, userID string) ([]Identity, error) {
	links, err := records[linkRecord](ctx, s, linksPK(userID))
	all := make([]Identity, len(links))
	for i, l := range links {
		all[i] = Identity{Provider: l.Provider, Issuer: l.Issuer, Subject: l.Subject, Email: l.Email, WorkspaceID: l.Workspace, CreatedAt: l.CreatedAt}
	}
	return all, err
}

// letters are the messages about a person's account that this home keeps.
func (s *Service) letters(ctx context.Context, userID string) ([]post.Head, error) {
	all := []post.Head{}
	if s.desk == nil {
		return all, nil
	}
	for cursor := ""; len(all) < maxLetters; {
		some, next, err := s.desk.List(ctx, []string{userID}, exportPage, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if cursor = next; cursor == "" {
			break
		}
	}
	return all, nil
}

// exportTrail writes what a person did, and returns what they worked on by its kind.
func (s *Service) exportTrail(ctx context.Context, userID string, w io.Writer) (map[string][]*worked, error) {
	enc, seen, work := json.NewEncoder(w), map[string]*worked{}, map[string][]*worked{}
	for _, kind := range kinds {
		work[kind] = []*worked{}
	}
	for n, cursor := 0, ""; ; {
		page, err := s.trail.List(ctx, audit.Filter{Actor: userID}, exportPage, cursor)
		if err != nil {
			return nil, err
		}
		for _, rec := range page.Records { // the newest first
			if n++; n > maxExported {
				return work, nil
			}
			if err := enc.Encode(rec); err != nil {
				return nil, err
			}
			prefix, _, _ := strings.Cut(rec.Resource, "_")
			kind, ok := kinds[prefix+"_"]
			if !ok || rec.Outcome != audit.Done {
				continue
			}
			one := seen[rec.Resource]
			if one == nil {
				one = &worked{ID: rec.Resource, Last: rec.At}
				seen[rec.Resource], work[kind] = one, append(work[kind], one)
			}
			if one.First = rec.At; !slices.Contains(one.Did, rec.Action) {
				one.Did = append(one.Did, rec.Action)
			}
		}
		if cursor = page.Next; cursor == "" {
			return work, nil
		}
	}
}
