// Command executions-replay serves POST /api/executions/{id}/replay.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/launches"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-replay", launches.Build) }
