// Command passkeys-options serves POST /api/auth/passkeys/options.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-options", passkeys.Build) }
