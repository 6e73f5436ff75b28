// Command executions-retry serves POST /api/executions/{id}/retry.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-retry", executions.Build) }
