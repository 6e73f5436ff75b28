// Command passkeys-login serves POST /api/auth/passkeys/login.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-login", passkeys.Build) }
