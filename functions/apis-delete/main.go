// Command apis-delete serves DELETE /api/apis/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/documents"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("apis-delete", documents.Build) }
