// Command passkeys-create serves POST /api/auth/passkeys.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-create", passkeys.Build) }
