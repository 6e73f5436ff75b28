// Command scim-token-revoke serves DELETE /api/admin/scim/token/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-token-revoke", directory.Build) }
