// Command executions-events serves GET /api/executions/{id}/events.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-events", executions.Build) }
