// Command providers-update serves PUT /api/admin/providers/{id}.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("providers-update", signins.Records) }
