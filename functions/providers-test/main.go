// Command providers-test serves POST /api/admin/providers/{id}/test.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/signins"
)

func main() { route.Serve("providers-test", signins.Build) }
