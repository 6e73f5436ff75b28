// Command triggers-deliveries serves GET /api/workflows/{id}/triggers/{triggerId}/deliveries.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/triggers"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("triggers-deliveries", triggers.Build) }
