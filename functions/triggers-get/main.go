// Command triggers-get serves GET /api/workflows/{id}/triggers/{triggerId}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/triggers"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("triggers-get", triggers.Build) }
