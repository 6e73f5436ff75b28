// Command apis-oauth-disconnect serves POST /api/apis/{id}/oauth/disconnect.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/grants"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-oauth-disconnect", grants.Build) }
