// Command apis-oauth-device serves POST /api/apis/{id}/oauth/device.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/grants"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-oauth-device", grants.Build) }
