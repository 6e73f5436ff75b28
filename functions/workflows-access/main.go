// Command workflows-access serves PUT /api/workflows/{id}/access.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/workflows"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("workflows-access", workflows.Build) }
