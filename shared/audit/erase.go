package audit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/table"
)

// commitment binds a record to the person's name and address without holding them:
// SHA-256 over a salt of the record's own and both, each behind its length. Without the
// salt nobody can try names against it.
func (r Record) commitment() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%s|%d|%s", r.Salt, len(r.ActorName), r.ActorName, len(r.IP), r.IP))
	return hex.EncodeToString(sum[:])
}

// commit makes the commitment of a new record, where there is something to commit to.
func (r *Record) commit() {
	if r.ActorName == "" && r.IP == "" {
		return
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails (crypto/rand)
	r.Salt = hex.EncodeToString(salt)
	r.Personal = r.commitment()
}

// personal says whether name and address are those that were committed to, or erased
// together with the salt.
func (r Record) personal() bool {
	erased := r.Salt == "" && r.ActorName == "" && r.IP == ""
	return r.Personal == "" || erased || r.Personal == r.commitment()
}

// Erase takes a person's name and addresses from the records of the workspace in the
// context: those of what they did, and those of what nobody known tried in their name.
// The records stay, with the person's id, and their chains hold. It returns how many it
// changed, and may be repeated. Records from before there were commitments keep what
// they have: it is in their hash.
func (t *Trail) Erase(ctx context.Context, userID string) (n int, err error) {
	for shard := range shards {
		for item, err := range t.store.All(ctx, table.Query{PK: shardPK(shard), Limit: scanChunk}) {
			if err != nil {
				return n, err
			}
			rec, err := decode(item)
			if err != nil {
				continue // damaged, as Verify tells: it is not for this to mend
			}
			theirs := rec.Actor == userID || rec.Actor == "anonymous" && rec.Resource == userID
			if !theirs || rec.Personal == "" || rec.Salt == "" {
				continue
			}
			rec.ActorName, rec.IP, rec.Salt = "", "", ""
			if item.Data, err = json.Marshal(rec); err != nil {
				return n, err
			}
			if _, err := t.store.Put(ctx, item, table.IfVersion(item.Version)); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}
