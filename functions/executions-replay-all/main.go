// Command executions-replay-all serves POST /api/executions/replay.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/launches"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("executions-replay-all", launches.Build) }
