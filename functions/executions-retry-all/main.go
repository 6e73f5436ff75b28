// Command executions-retry-all serves POST /api/executions/retry.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-retry-all", executions.Build) }
