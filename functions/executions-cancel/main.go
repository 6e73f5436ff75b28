// Command executions-cancel serves POST /api/executions/{id}/cancel.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-cancel", executions.Build) }
