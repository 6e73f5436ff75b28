// Command domains-update serves PATCH /api/admin/domains/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/domains/records"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("domains-update", records.Build) }
