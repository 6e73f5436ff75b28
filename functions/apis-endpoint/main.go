// Command apis-endpoint serves GET /api/apis/{id}/endpoints/{operationId}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/documents"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-endpoint", documents.Build) }
