// Command passkeys-confirm serves POST /api/auth/passkeys/confirm.
package main

import (
	"github.com/apiq/apiq/functions/internal/passkeys"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("passkeys-confirm", passkeys.Build) }
