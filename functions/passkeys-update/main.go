// Command passkeys-update serves PATCH /api/auth/passkeys/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-update", passkeys.Build) }
