// Command scim-groups-create serves POST /scim/v2/Groups.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-groups-create", directory.Build) }
