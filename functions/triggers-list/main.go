// Command triggers-list serves GET /api/workflows/{id}/triggers.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/triggers"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("triggers-list", triggers.Build) }
