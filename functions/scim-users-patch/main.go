// Command scim-users-patch serves PATCH /scim/v2/Users/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-users-patch", directory.Build) }
