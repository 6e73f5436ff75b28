// Command oauth-callback serves GET /api/oauth/callback.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/grants"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("oauth-callback", grants.Build) }
