// Command scim-settings serves GET /api/admin/scim.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-settings", directory.Build) }
