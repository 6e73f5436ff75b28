// Command domains-claim serves POST /api/admin/domains.
package main

import (
	"github.com/apiq/apiq/functions/internal/domains/records"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("domains-claim", records.Build) }
