// Command passkeys-list serves GET /api/auth/passkeys.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-list", passkeys.Build) }
