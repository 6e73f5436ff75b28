// Command scim-users-create serves POST /scim/v2/Users.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-users-create", directory.Build) }
