// Command workflows-create serves POST /api/workflows.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/workflows"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("workflows-create", workflows.Build) }
