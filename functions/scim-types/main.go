// Command scim-types serves GET /scim/v2/ResourceTypes.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-types", directory.Build) }
