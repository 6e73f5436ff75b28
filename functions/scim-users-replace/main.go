// Command scim-users-replace serves PUT /scim/v2/Users/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-users-replace", directory.Build) }
