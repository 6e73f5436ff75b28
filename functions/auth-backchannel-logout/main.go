// Command auth-backchannel-logout serves POST /api/auth/{provider}/backchannel-logout.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("auth-backchannel-logout", signins.Build) }
