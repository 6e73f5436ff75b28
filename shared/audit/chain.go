package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// sum is the record's hash: SHA-256 over its JSON without the hash itself. The
// previous record's hash is inside, which makes the chain. Struct fields encode
// in a fixed order, and Details are kept as the bytes that were hashed. What is
// personal is in it as its commitment only.
func (r Record) sum() (string, error) {
	r.Hash = ""
	if r.Personal != "" {
		r.ActorName, r.IP, r.Salt = "", "", ""
	}
	b, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(b)
	return hex.EncodeToString(digest[:]), nil
}
