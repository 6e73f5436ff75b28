// Command retention-update serves PUT /api/admin/retention.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/retention"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("retention-update", retention.Build) }
