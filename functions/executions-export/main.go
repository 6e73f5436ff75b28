// Command executions-export serves GET /api/executions/{id}/export.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-export", executions.Build) }
