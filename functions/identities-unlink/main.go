// Command identities-unlink serves DELETE /api/auth/identities/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("identities-unlink", signins.Records) }
