// Command workflows-rollback serves POST /api/workflows/{id}/rollback.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/workflows"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("workflows-rollback", workflows.Build) }
