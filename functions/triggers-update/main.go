// Command triggers-update serves PATCH /api/workflows/{id}/triggers/{triggerId}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/clocks"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("triggers-update", clocks.Build) }
