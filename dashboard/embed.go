// Package dashboard carries the built single-page app inside the binary. Until
// `make dashboard` has run it is empty, and the server says so.
package dashboard

import (
	"embed"
	"io/fs"
)

// all: takes .gitkeep too, so that the package compiles before the first build.
//
//go:embed all:dist
var dist embed.FS

// Files is the built app; index.html is missing when it was not built.
func Files() (fs.FS, error) { return fs.Sub(dist, "dist") }
