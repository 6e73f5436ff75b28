// Command identities-link serves POST /api/auth/identities.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("identities-link", signins.Build) }
