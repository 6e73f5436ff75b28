package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Ending is how the provider that vouched for somebody is asked to end the session that
// it keeps of them, when theirs here has ended (single logout).
type Ending struct {
	// URL is where it takes the browser: its end_session_endpoint, its SingleLogoutService.
	URL string `json:"url"`
	// ClientID is what we are called there (OpenID Connect).
	ClientID string `json:"clientId,omitempty"`
	// NameID is what the person is called there (SAML); nil for OpenID Connect.
	NameID *NameID `json:"nameId,omitempty"`
}

// NameID is a SAML provider's name of a person (SAML 2.0 core, 2.2.2). It is no secret:
// sessions keep it as they keep subjects.
type NameID struct {
	Value           string `json:"value"`
	Format          string `json:"format,omitempty"`
	NameQualifier   string `json:"nameQualifier,omitempty"`
	SPNameQualifier string `json:"spNameQualifier,omitempty"`
}

// Ended is a session that is over, with what its provider is told of that.
type Ended struct {
	// Via is the sign-in outside that it came by; nil for a password.
	Via *Via
	// IDToken shows the provider whose session is meant. Empty where none was kept, or
	// where it could not be opened: a key service that is out keeps nobody signed in.
	IDToken secret.Secret
}

const (
	// maxHint bounds the ID token that is kept: it goes into an address later, and those
	// that are longer are cut off or refused on the way.
	maxHint = 4 << 10
	// pkHints is the partition of the index that lists the tokens that are kept.
	pkHints = "HINTS"
)

// hintRecord is the ID token that a session came by, kept beside the session, which is
// read with each request.
type hintRecord struct {
	UserID string `json:"userId"`
	// Sealed is under the data key of the system records.
	Sealed []byte `json:"sealed"`
}

func hintKey(sessionID string) table.Key { return table.Key{PK: "HINT#" + sessionID, SK: "0"} }
func hintScope(sessionID string) secret.Scope {
	return secret.Scope{Resource: sessionID, Field: "idToken"}
}

// endKey is where the provider's own name of a session leads to ours. As in linkKey, no
// workspace's provider can name another's.
func (v Via) endKey(sessionID string) table.Key {
	return table.Key{PK: "SID#" + digest(v.Workspace, v.Issuer, v.SessionID), SK: sessionID}
}

// endRecord says whose session it is.
type endRecord struct {
	UserID string `json:"userId"`
}

// beside is what is written together with a session that came from outside, for its end.
func (s *Service) beside(ctx context.Context, r sessionRecord, idToken secret.Secret) ([]table.Op, error) {
	var ops []table.Op
	if r.Via.SessionID != "" {
		op, err := put(r.Via.endKey(r.ID), endRecord{r.UserID}, table.Always(), r.ExpiresAt)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	token := idToken.Reveal()
	if r.Via.Ending == nil || token == "" || len(token) > maxHint {
		return ops, nil
	}
	sealed, err := s.signer.sealer.Seal(tenant.WithSystem(ctx), hintScope(r.ID), []byte(token))
	if err != nil {
		return nil, err
	}
	op, err := put(hintKey(r.ID), hintRecord{r.UserID, sealed}, table.Always(), r.ExpiresAt)
	op.Item.Index = map[string]table.Key{table.Index1: {PK: pkHints, SK: r.ID}}
	return append(ops, op), err
}

// ending are the operations that end a session, with what is kept beside it.
func (r sessionRecord) ending(cond table.Condition) []table.Op {
	ops := []table.Op{table.Global(table.Delete(sessionKey(r.UserID, r.ID), cond))}
	if r.Via == nil {
		return ops
	}
	if r.Via.SessionID != "" {
		ops = append(ops, table.Global(table.Delete(r.Via.endKey(r.ID), table.Always())))
	}
	if r.Via.Ending != nil {
		ops = append(ops, table.Global(table.Delete(hintKey(r.ID), table.Always())))
	}
	return ops
}

// hint opens the ID token that is kept beside a session.
func (s *Service) hint(ctx context.Context, via *Via, sessionID string) secret.Secret {
	if via == nil || via.Ending == nil {
		return secret.Secret{}
	}
	rec, _, err := load[hintRecord](ctx, s, hintKey(sessionID))
	if err != nil {
		return secret.Secret{}
	}
	clear, err := s.signer.sealer.Open(tenant.WithSystem(ctx), hintScope(sessionID), rec.Sealed)
	if err != nil {
		return secret.Secret{}
	}
	return secret.New(string(clear))
}

// resealHints seals the kept ID tokens under the current data key.
func (s *Service) resealHints(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.signer.sealer, secret.KeysOf(s.store.All(ctx, table.Query{Index: table.Index1, PK: pkHints})),
		func(key table.Key) string { return key.PK },
		func(key table.Key, rec *hintRecord) []secret.Kept {
			return []secret.Kept{{Scope: hintScope(key.PK[len("HINT#"):]), Value: &rec.Sealed}}
		})
}

// Notice is the word of a provider, checked, that a session there has ended.
type Notice struct {
	// ID is used once, until it is forgotten at Until.
	ID    string
	Until time.Time
	// Provider is the id that it is configured under, Workspace whose it is: a notice
	// ends sessions that came by this provider, and no others.
	Provider, Workspace, Issuer string
	// Subject is the person, SessionIDs the provider's names of sessions. One may be
	// empty: without SessionIDs all of the person's are meant.
	Subject    string
	SessionIDs []string
}

// ends says whether a session that came this way is meant.
func (n Notice) ends(v *Via) bool {
	if v == nil || v.Workspace != n.Workspace || v.Issuer != n.Issuer || len(n.SessionIDs) > 0 && !slices.Contains(n.SessionIDs, v.SessionID) {
		return false
	}
	// A transient name is of one sign-in; the subject is what the person keeps.
	return n.Subject == "" || v.Subject == n.Subject || v.Ending != nil && v.Ending.NameID != nil && v.Ending.NameID.Value == n.Subject
}

// ErrNoticeUsed: a notice came before.
var ErrNoticeUsed = errors.New("identity: this notice was used before")

// EndedOutside ends the sessions at once that a notice means, and tells how many there
// were: none is no error, they may have ended before. A notice that came before is
// ErrNoticeUsed. It is used up last, so that one that failed half way can come again.
func (s *Service) EndedOutside(ctx context.Context, n Notice) (int, error) {
	at := table.Key{PK: "NOTICE#" + digest(n.Workspace, n.Issuer, n.ID), SK: "0"}
	switch _, err := s.store.Get(tenant.WithSystem(ctx), at); {
	case err == nil:
		return 0, ErrNoticeUsed
	case !errors.Is(err, table.ErrNotFound):
		return 0, err
	}
	meant, err := s.meantBy(ctx, n)
	if err != nil {
		return 0, err
	}
	for workspace, all := range meant {
		for len(all) > 0 {
			batch := all[:min(len(all), endTogether)]
			all = all[len(batch):]
			var ops []table.Op
			for _, r := range batch {
				ops = append(ops, r.ending(table.Always())...)
			}
			err := s.trail.Commit(tenant.With(ctx, workspace), ops, audit.Entry{Action: "user.logout", Resource: batch[0].UserID,
				Message: "signed out at " + n.Provider, Details: map[string]any{"sessions": len(batch), "issuer": n.Issuer}})
			if err != nil {
				return 0, err
			}
		}
	}
	_, err = s.store.Put(tenant.WithSystem(ctx), table.Item{Key: at, Data: []byte("{}"), ExpiresAt: n.Until.UTC().Truncate(time.Second).Add(time.Second)}, table.Absent())
	if errors.Is(err, table.ErrCondition) {
		return 0, ErrNoticeUsed
	}
	count := 0
	for _, all := range meant {
		count += len(all)
	}
	return count, err
}

// meantBy finds the live sessions that a notice means, by the workspace that each is in.
func (s *Service) meantBy(ctx context.Context, n Notice) (map[string][]sessionRecord, error) {
	meant := map[string][]sessionRecord{}
	add := func(r sessionRecord) {
		if n.ends(r.Via) {
			meant[r.WorkspaceID] = append(meant[r.WorkspaceID], r)
		}
	}
	if len(n.SessionIDs) == 0 {
		link, _, err := load[linkRecord](ctx, s, linkKey(n.Workspace, n.Issuer, n.Subject))
		if errors.Is(err, table.ErrNotFound) {
			return meant, nil
		}
		if err != nil {
			return nil, err
		}
		live, err := s.sessions(ctx, link.UserID)
		for _, r := range live {
			add(r)
		}
		return meant, err
	}
	for _, sid := range n.SessionIDs {
		named := Via{Workspace: n.Workspace, Issuer: n.Issuer, SessionID: sid}
		for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: named.endKey("").PK}) {
			if err != nil {
				return nil, err
			}
			var whose endRecord
			if err := item.Decode(&whose); err != nil {
				return nil, err
			}
			r, _, err := load[sessionRecord](ctx, s, sessionKey(whose.UserID, item.SK))
			if err != nil && !errors.Is(err, table.ErrNotFound) {
				return nil, err
			}
			if err == nil {
				add(r)
			}
		}
	}
	return meant, nil
}
