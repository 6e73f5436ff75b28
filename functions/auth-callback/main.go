// Command auth-callback serves GET /api/auth/{provider}/callback.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins/redeem"
)

func main() { route.Serve("auth-callback", redeem.Build) }
