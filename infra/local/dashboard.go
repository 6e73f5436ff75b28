package main

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/apiq/apiq/shared/id"
)

// contentSecurityPolicy is the one of docs/security.md; CloudFront sends the same on AWS.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const notBuilt = "The dashboard is not built into this binary. Run `make dashboard`, then build again. The API is at /api/openapi.json.\n"

// dashboardHandler serves the app: files under their names, and index.html for
// the paths that the app itself routes.
func dashboardHandler(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Request-Id", id.New(id.Request))
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET here.", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		body, err := fs.ReadFile(files, name)
		if err != nil && strings.HasPrefix(name, "assets/") {
			// Not the app: a page in the place of a script that an older page asks for
			// would only hide what is wrong.
			http.NotFound(w, r)
			return
		}
		if err != nil {
			name = "index.html"
			body, err = fs.ReadFile(files, name)
		}
		if errors.Is(err, fs.ErrNotExist) {
			http.Error(w, notBuilt, http.StatusNotFound)
			return
		}
		if err != nil {
			http.Error(w, "The dashboard could not be read.", http.StatusInternalServerError)
			return
		}
		// Names under assets/ carry a hash of their content.
		h.Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		h.Set("Content-Type", mediaType(name))
		_, _ = w.Write(body) // #nosec G705 -- files of the build; a client that left is no error of ours
	})
}

// mediaType is by the build's own kinds of file first: the system's table may
// say anything of them, and with nosniff a browser takes it at its word.
func mediaType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
