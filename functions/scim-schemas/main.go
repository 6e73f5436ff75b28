// Command scim-schemas serves GET /scim/v2/Schemas.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-schemas", directory.Build) }
