package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// A token is apiq_pat_, 40 random letters of 62 (238 bits), and six that are their
	// CRC-32: scanners for leaked secrets find it, and tell it from what only looks so.
	tokenPrefix   = "apiq_pat_"
	tokenRandom   = 40
	tokenChecksum = 6
	letters62     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

	maxTokens    = 50
	maxTokenLife = 366 * 24 * time.Hour
	// usedEvery is how old the note of a token's last use may be.
	usedEvery = time.Hour
)

// APIToken lets a program act as a person in one workspace, as far as its scopes go.
type APIToken struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Scopes      []string  `json:"scopes"`
	WorkspaceID string    `json:"workspaceId"`
	CreatedAt   time.Time `json:"createdAt"`
	ExpiresAt   time.Time `json:"expiresAt"`
	// LastUsedAt is when it was last used, to an hour; zero where never.
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
}

// tokenRecord is kept under the hash of the token.
type tokenRecord struct {
	APIToken
	UserID string `json:"userId"`
	// Via is the sign-in outside of the session that it was made in.
	Via *Via `json:"via,omitempty"`
}

// tokenRef lists a token among its person's.
type tokenRef struct {
	Hash string `json:"hash"`
}

func apiTokenKey(hash string) table.Key { return table.Key{PK: "TOKEN#" + hash, SK: "0"} }
func tokensPK(userID string) string     { return "TOKENS#" + userID }
func tokenRefKey(userID, tokenID string) table.Key {
	return table.Key{PK: tokensPK(userID), SK: tokenID}
}

// tokensGuardKey is written with each new token, so that two that are made at once
// cannot both be the last that there is room for.
func tokensGuardKey(userID string) table.Key { return table.Key{PK: tokensPK(userID), SK: "0"} }

// NewToken makes an API token for the workspace that the person is signed in to. The
// token itself is returned once and kept as a hash.
func (s *Service) NewToken(ctx context.Context, p Principal, name string, scopes []string, expires time.Time) (APIToken, string, error) {
	name, err := checkName("/name", name)
	if err != nil {
		return APIToken{}, "", err
	}
	if scopes, err = checkScopes(scopes); err != nil {
		return APIToken{}, "", err
	}
	now := s.now().UTC()
	if expires = expires.UTC().Truncate(time.Second); !expires.After(now) || expires.After(now.Add(maxTokenLife)) {
		return APIToken{}, "", problem("/expiresAt", "range", "Give a time from now on, within a year.")
	}
	_, guard, err := load[struct{}](ctx, s, tokensGuardKey(p.UserID))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return APIToken{}, "", err
	}
	have, err := s.Tokens(ctx, p)
	if err != nil {
		return APIToken{}, "", err
	}
	if len(have) >= maxTokens {
		return APIToken{}, "", apierr.Newf(apierr.Conflict, "There are %d tokens already. Remove one that is not used any more.", maxTokens)
	}
	token := newAPIToken()
	rec := tokenRecord{UserID: p.UserID, Via: p.Via, APIToken: APIToken{ID: id.New(id.Token), Name: name, Scopes: scopes, WorkspaceID: p.WorkspaceID, CreatedAt: now, ExpiresAt: expires}}
	var ops []table.Op
	for _, row := range []struct {
		key   table.Key
		value any
		cond  table.Condition
		until time.Time
	}{
		{apiTokenKey(hashToken(token)), rec, table.Absent(), expires},
		{tokenRefKey(p.UserID, rec.ID), tokenRef{hashToken(token)}, table.Absent(), expires},
		{tokensGuardKey(p.UserID), struct{}{}, table.Unchanged(guard), noExpiry},
	} {
		op, err := put(row.key, row.value, row.cond, row.until)
		if err != nil {
			return APIToken{}, "", err
		}
		ops = append(ops, op)
	}
	err = s.trail.Commit(ctx, ops, audit.Entry{Action: "token.create", Resource: rec.ID, Message: "made the API token " + name,
		Details: map[string]any{"scopes": scopes, "expiresAt": expires}})
	return rec.APIToken, token, err
}

func checkScopes(scopes []string) ([]string, error) {
	known := route.Scopes()
	for i, scope := range scopes {
		if !slices.Contains(known, scope) {
			return nil, problem(fmt.Sprintf("/scopes/%d", i), "enum", "There is no such scope. Known ones: "+strings.Join(known, ", ")+".")
		}
	}
	if len(scopes) == 0 {
		return nil, problem("/scopes", "required", "Say what the token may do: "+strings.Join(known, ", ")+".")
	}
	return slices.Compact(slices.Sorted(slices.Values(scopes))), nil
}

// Tokens lists a person's live tokens, in all workspaces, the newest first.
func (s *Service) Tokens(ctx context.Context, p Principal) ([]APIToken, error) {
	all := []APIToken{}
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: tokensPK(p.UserID), Prefix: id.Token, Reverse: true}) {
		if err != nil {
			return nil, err
		}
		var ref tokenRef
		if err := item.Decode(&ref); err != nil {
			return nil, err
		}
		rec, _, err := load[tokenRecord](ctx, s, apiTokenKey(ref.Hash))
		switch {
		case errors.Is(err, table.ErrNotFound): // removed meanwhile
		case err != nil:
			return nil, err
		case p.Bound() != "" && rec.WorkspaceID != p.Bound(): // not for that workspace to see
		case rec.ExpiresAt.After(s.now()):
			all = append(all, rec.APIToken)
		}
	}
	return all, nil
}

// RemoveToken ends a token of one's own at once.
func (s *Service) RemoveToken(ctx context.Context, p Principal, tokenID string) error {
	gone := apierr.New(apierr.NotFound, "There is no such token, or it has expired.")
	if !id.Is(tokenID, id.Token) {
		return gone
	}
	at := tokenRefKey(p.UserID, tokenID)
	ref, _, err := load[tokenRef](ctx, s, at)
	if err != nil {
		return notFoundIs(err, gone)
	}
	if p.Bound() != "" {
		if rec, _, err := load[tokenRecord](ctx, s, apiTokenKey(ref.Hash)); err != nil || rec.WorkspaceID != p.Bound() {
			return notFoundIs(errors.Join(err, table.ErrNotFound), gone)
		}
	}
	err = s.trail.Commit(ctx, []table.Op{table.Global(table.Delete(at, table.Present())), table.Global(table.Delete(apiTokenKey(ref.Hash), table.Always()))},
		audit.Entry{Action: "token.remove", Resource: tokenID, Message: "removed an API token"})
	if errors.Is(err, table.ErrCondition) {
		return gone
	}
	return err
}

// byAPIToken tells who made a token. The membership is read on each call, as a
// session's is: its role is the person's of now, and it ends with the membership.
func (s *Service) byAPIToken(ctx context.Context, token string) (Principal, error) {
	if !isAPIToken(token) {
		return Principal{}, unauthenticated()
	}
	rec, version, err := load[tokenRecord](ctx, s, apiTokenKey(hashToken(token)))
	if err != nil {
		return Principal{}, notFoundIs(err, unauthenticated())
	}
	if !rec.ExpiresAt.After(s.now()) {
		return Principal{}, unauthenticated()
	}
	member, policy, err := s.place(ctx, rec.WorkspaceID, rec.UserID)
	if err != nil {
		return Principal{}, err
	}
	if now := s.now().UTC(); !s.readOnly && now.Sub(rec.LastUsedAt) >= usedEvery {
		rec.LastUsedAt = now
		if op, err := put(apiTokenKey(hashToken(token)), rec, table.IfVersion(version), rec.ExpiresAt); err == nil {
			_, _ = s.store.Put(tenant.WithSystem(ctx), op.Item, op.If) // what fails is noted with the next use
		}
	}
	return s.admitted(ctx, Principal{UserID: member.ID, Email: member.Email, Name: member.Name, WorkspaceID: rec.WorkspaceID, Role: member.Role, Via: rec.Via, TokenID: rec.ID, Scopes: rec.Scopes}, policy)
}

func newAPIToken() string {
	body := make([]byte, tokenRandom)
	for i := range body {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters62))))
		if err != nil {
			panic(err) // never (crypto/rand)
		}
		body[i] = letters62[n.Int64()]
	}
	return tokenPrefix + string(body) + checksum62(string(body))
}

// isAPIToken says whether it can be one of ours: the rest need not be looked up.
func isAPIToken(token string) bool {
	body, ok := strings.CutPrefix(token, tokenPrefix)
	return ok && len(body) == tokenRandom+tokenChecksum && strings.Trim(body, letters62) == "" && checksum62(body[:tokenRandom]) == body[tokenRandom:]
}

func checksum62(body string) string {
	sum, out := crc32.ChecksumIEEE([]byte(body)), make([]byte, tokenChecksum)
	for i := range out {
		out[len(out)-1-i] = letters62[sum%uint32(len(letters62))]
		sum /= uint32(len(letters62))
	}
	return string(out)
}
