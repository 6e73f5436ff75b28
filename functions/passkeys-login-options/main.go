// Command passkeys-login-options serves POST /api/auth/passkeys/login/options.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-login-options", passkeys.Build) }
