// Command events serves POST /api/events.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/clocks"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("events", clocks.Build) }
