// Command scim-config serves GET /scim/v2/ServiceProviderConfig.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/directory"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("scim-config", directory.Build) }
