// Package preset holds the handler of what is known of the most used APIs.
package preset

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/preset"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints() []web.Endpoint {
	return []web.Endpoint{web.Bind("presets-list", http.StatusOK, list)}
}

// ListIn chooses presets.
type ListIn struct {
	Q     string `query:"q" doc:"Words of a name or category."`
	Host  string `query:"host" doc:"A base URL, or its host: presets of APIs that are there."`
	Title string `query:"title" doc:"The title of an OpenAPI document: presets of that API, first."`
}

func list(_ context.Context, in *ListIn) (*web.Reply[[]preset.Preset], error) {
	return web.List(preset.Find(preset.Query{Words: in.Q, Host: in.Host, Title: in.Title}), "")
}
