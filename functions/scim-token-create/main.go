// Command scim-token-create serves POST /api/admin/scim/token.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-token-create", directory.Build) }
