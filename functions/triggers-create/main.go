// Command triggers-create serves POST /api/workflows/{id}/triggers.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/clocks"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("triggers-create", clocks.Build) }
