// Command apis-endpoints serves GET /api/apis/{id}/endpoints.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/documents"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-endpoints", documents.Build) }
