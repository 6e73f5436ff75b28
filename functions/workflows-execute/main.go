// Command workflows-execute serves POST /api/workflows/{id}/execute.
package main

import (
	"github.com/apiq/apiq/functions/internal/area/launches"
	"github.com/apiq/apiq/functions/internal/route"
)

func main() { route.Serve("workflows-execute", launches.Build) }
