// Command apis-scopes serves GET /api/apis/{id}/scopes.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/grants"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-scopes", grants.Build) }
