// Command apis-oauth-poll serves POST /api/apis/{id}/oauth/device/poll.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/grants"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-oauth-poll", grants.Build) }
