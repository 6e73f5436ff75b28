// Command approvals-list serves GET /api/approvals.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/records"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("approvals-list", records.Build) }
