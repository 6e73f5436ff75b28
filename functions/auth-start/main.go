// Command auth-start serves GET /api/auth/{provider}/start.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("auth-start", signins.Build) }
