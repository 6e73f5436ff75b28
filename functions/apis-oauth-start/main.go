// Command apis-oauth-start serves GET /api/apis/{id}/oauth/start.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/grants"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-oauth-start", grants.Build) }
