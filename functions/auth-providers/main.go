// Command auth-providers serves GET /api/auth/providers.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("auth-providers", signins.Records) }
