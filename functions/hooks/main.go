// Command hooks serves POST /hooks/{triggerId}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/clocks"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("hooks", clocks.Build) }
