// Command scim-users-list serves GET /scim/v2/Users.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-users-list", directory.Build) }
