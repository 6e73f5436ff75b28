// Command scim-groups-replace serves PUT /scim/v2/Groups/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-groups-replace", directory.Build) }
