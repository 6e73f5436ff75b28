// Command providers-list serves GET /api/admin/providers.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("providers-list", signins.Records) }
