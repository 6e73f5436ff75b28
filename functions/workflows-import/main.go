// Command workflows-import serves POST /api/workflows/import.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/workflows"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("workflows-import", workflows.Build) }
