// Command domains-verify serves POST /api/admin/domains/{id}/verify.
package main

import (
	"github.com/apiq/apiq/functions/internal/domains"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("domains-verify", domains.Build) }
