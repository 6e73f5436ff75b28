// Command executions-delete serves DELETE /api/executions/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/executions"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-delete", executions.Build) }
