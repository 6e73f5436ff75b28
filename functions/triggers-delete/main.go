// Command triggers-delete serves DELETE /api/workflows/{id}/triggers/{triggerId}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/clocks"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("triggers-delete", clocks.Build) }
