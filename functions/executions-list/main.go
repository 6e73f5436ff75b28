// Command executions-list serves GET /api/executions.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/records"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-list", records.Build) }
