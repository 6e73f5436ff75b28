// Package josetest owns published attacks on JSON Web Signatures, for the tests of
// whoever verifies tokens. It verifies nothing itself.
//
// The vectors are Project Wycheproof's (github.com/C2SP/wycheproof, commit
// dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166, testvectors_v1), unchanged, under the
// Apache licence 2.0 that lies beside them.
package josetest

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed testdata/json_web_signature_test.json
var signatures []byte

// Group is the vectors of one key.
type Group struct {
	Comment string `json:"comment"`
	// Private and Public are JSON Web Keys; a shared secret is in Private only.
	Private json.RawMessage `json:"private"`
	Public  json.RawMessage `json:"public"`
	Tests   []Vector        `json:"tests"`
}

// Vector is one token.
type Vector struct {
	ID      int    `json:"tcId"`
	Comment string `json:"comment"`
	JWS     string `json:"jws"`
	// Result is valid, invalid, or acceptable: an implementation may do either.
	Result string   `json:"result"`
	Flags  []string `json:"flags"`
}

// Valid says that the vector's key signed it.
func (v Vector) Valid() bool { return v.Result == "valid" }

// Broken says that the vector is not what its comment says: the file's conversion took
// the padding from two vectors that were about it, and left the valid token.
func (v Vector) Broken() bool { return strings.HasPrefix(v.Comment, "invalidBase64Padding") }

// Lenient says that a strict verifier refuses the vector although it counts as valid:
// base64url has not the character in it.
func (v Vector) Lenient() bool { return v.Valid() && strings.HasPrefix(v.Comment, "InvalidCharacter") }

// Key is a JSON Web Key, as far as a test asks.
type Key struct {
	Type   string `json:"kty"`
	Alg    string `json:"alg"`
	Secret string `json:"k"` // base64url
}

// Verifier is the key that verifies the group's tokens.
func (g Group) Verifier() (Key, json.RawMessage) {
	raw := g.Public
	if raw == nil {
		raw = g.Private
	}
	var k Key
	if err := json.Unmarshal(raw, &k); err != nil {
		panic("josetest: " + err.Error()) // the file is part of this package
	}
	return k, raw
}

var groups = sync.OnceValue(func() []Group {
	var file struct {
		Groups []Group `json:"testGroups"`
	}
	if err := json.Unmarshal(signatures, &file); err != nil {
		panic("josetest: " + err.Error())
	}
	return file.Groups
})

// Groups are all vectors. The caller must not change them.
func Groups() []Group { return groups() }
