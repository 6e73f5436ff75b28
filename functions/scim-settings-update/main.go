// Command scim-settings-update serves PUT /api/admin/scim.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-settings-update", directory.Build) }
