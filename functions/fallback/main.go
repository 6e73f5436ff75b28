// Command fallback answers what no route has.
package main

import (
	"github.com/apiq/apiq/functions/internal/open"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	open.Serve(func(d web.Deps) (*web.Server, error) { return web.NewFallback(d, nil) })
}
