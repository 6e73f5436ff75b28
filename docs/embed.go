// Package docs embeds the published contract, for functions that serve it without
// linking the handlers that it is made from. `make verify` keeps it what they are.
package docs

import _ "embed"

//go:embed openapi.json
var contract []byte //nolint:gochecknoglobals // go:embed needs one

// Contract is the HTTP contract as OpenAPI 3.1, JSON.
func Contract() []byte { return contract }
