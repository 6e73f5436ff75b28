// Command identities-list serves GET /api/auth/identities.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("identities-list", signins.Records) }
