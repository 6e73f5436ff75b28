package grant_test

import (
	"crypto/sha256"
	"encoding/base64"
)

// proves says whether a verifier is that of a challenge (RFC 7636, 4.6); without a
// challenge there must be none.
func proves(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}
