// Command executions-resolve serves POST /api/executions/{id}/steps/{stepId}/resolve.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-resolve", executions.Build) }
