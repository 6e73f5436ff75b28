// Command providers-delete serves DELETE /api/admin/providers/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("providers-delete", signins.Records) }
