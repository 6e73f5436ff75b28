// Command auth-discover serves POST /api/auth/discover.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("auth-discover", signins.Records) }
