package scim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table"
)

// Bounds. A group's item holds its members: 5,000 of 43 bytes are half of what an item
// may have.
const (
	maxGroups  = 500
	maxMembers = 5000
	maxResults = 200 // of one page
	maxText    = 254
	attempts   = 8
)

// People is what this package asks of package identity.
type People interface {
	// PlanSeat and PlanSeats plan what is committed here, see package identity.
	PlanSeat(ctx context.Context, email, name string, role route.Role, active bool) (identity.Seat, error)
	PlanSeats(ctx context.Context, changes ...identity.SeatChange) ([]identity.Member, []table.Op, error)
	// Member and MemberByEmail give table.ErrNotFound for who is no member here.
	Member(ctx context.Context, userID string) (identity.Member, error)
	MemberByEmail(ctx context.Context, email string) (identity.Member, error)
	AllMembers(ctx context.Context) iter.Seq2[identity.Member, error]
}

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// PublicURL is what locations start with. Defaults to none: they are paths.
	PublicURL string
}

// Service keeps a workspace's directory.
type Service struct {
	store  *table.Store
	trail  *audit.Trail
	people People
	now    func() time.Time
	base   string
}

// New makes the service.
func New(store *table.Store, trail *audit.Trail, people People, o *Options) *Service {
	s := &Service{store: store, trail: trail, people: people, now: time.Now, base: BasePath}
	if o != nil {
		if o.Now != nil {
			s.now = o.Now
		}
		s.base = o.PublicURL + BasePath
	}
	return s
}

const (
	pkUsers  = "SCIM#USERS"
	pkGroups = "SCIM#GROUPS"
)

func userKey(id string) table.Key  { return table.Key{PK: pkUsers, SK: id} }
func groupKey(id string) table.Key { return table.Key{PK: pkGroups, SK: id} }
func userNameKey(name string) table.Key {
	return table.Key{PK: "SCIM#USERNAME#" + digest(name), SK: "0"}
}

//nolint:gochecknoglobals // a key
var settingsKey = table.Key{PK: "SCIM#SETTINGS", SK: "0"}

// digest makes any name a part of a key, the same whatever its case.
func digest(name string) string {
	sum := sha256.Sum256([]byte(folded(name)))
	return hex.EncodeToString(sum[:16])
}

func putOp(key table.Key, v any, cond table.Condition) (table.Op, error) {
	item, err := table.JSONItem(key, v)
	return table.Put(item, cond), err
}

// again tries a change anew where somebody else's came between.
func again[T any](change func() (T, error)) (T, error) {
	for n := 1; ; n++ {
		v, err := change()
		if err == nil || !raced(err) || n == attempts {
			return v, err
		}
	}
}

// versionOf is a resource's ETag: what it holds, so that whatever changes it changes the
// tag too, a membership as well as the directory's own record.
func versionOf(resource any) (string, error) {
	raw, err := json.Marshal(resource)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`, nil
}

// checkMatch holds a change to the version that its client saw ("" and * to none).
func checkMatch(ifMatch, version string) error {
	if ifMatch == "" || ifMatch == "*" || ifMatch == version {
		return nil
	}
	return apierr.New(apierr.VersionStale, "The resource has changed since. Read it again and retry.")
}

// decodeObject reads a body that must be an object.
func decodeObject(body json.RawMessage) (map[string]any, error) {
	var sent map[string]any
	if err := json.Unmarshal(body, &sent); err != nil || sent == nil {
		return nil, fault(invalidSyntax, "", "The body must be a JSON object.")
	}
	return sent, nil
}

func all[T any](ctx context.Context, s *Service, pk string, each func(T, int64)) error {
	for item, err := range s.store.All(ctx, table.Query{PK: pk, Limit: table.MaxQueryLimit}) {
		if err != nil {
			return err
		}
		var v T
		if err := item.Decode(&v); err != nil {
			return err
		}
		each(v, item.Version)
	}
	return nil
}

func notFound(err error) error {
	if errors.Is(err, table.ErrNotFound) {
		return notHere()
	}
	return err
}
