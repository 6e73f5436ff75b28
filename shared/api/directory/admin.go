package directory

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/scim"
	"github.com/apiq/apiq/shared/web"
)

// Settings are how a directory is taken in.
type Settings struct {
	scim.Settings
	// Path is what the service's own address goes on with, for the directory's set-up.
	Path string `json:"path"`
	// KnownGroups are the display names of the groups that the directory has sent.
	KnownGroups []string               `json:"knownGroups"`
	Tokens      []identity.Provisioner `json:"tokens"`
}

// SettingsIn are the roles that the directory's groups give.
type SettingsIn struct {
	Body scim.Settings
}

// Token is a new token, the one time that it is shown.
type Token struct {
	identity.Provisioner
	Token string `json:"token"`
}

// RevokeIn names a token.
type RevokeIn struct {
	ID string `path:"id"`
}

func admin(d *scim.Service, people *identity.Service) []web.Endpoint {
	settings := func(ctx context.Context) (Settings, error) {
		set, err := d.Settings(ctx)
		if err != nil {
			return Settings{}, err
		}
		groups, err := d.GroupNames(ctx)
		if err != nil {
			return Settings{}, err
		}
		tokens, err := people.Provisioners(ctx)
		return Settings{Settings: set, Path: scim.BasePath, KnownGroups: groups, Tokens: tokens}, err
	}
	return []web.Endpoint{
		web.Bind("scim-settings", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Settings], error) {
			set, err := settings(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(set)
		}),
		web.Bind("scim-settings-update", http.StatusOK, func(ctx context.Context, in *SettingsIn) (*web.Reply[Settings], error) {
			if _, err := d.SaveSettings(ctx, in.Body); err != nil {
				return nil, err
			}
			set, err := settings(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(set)
		}),
		web.Bind("scim-token-create", http.StatusCreated, func(ctx context.Context, _ *web.None) (*web.Reply[Token], error) {
			p, token, err := people.NewProvisioner(ctx)
			if err != nil {
				return nil, err
			}
			return web.Created(Token{Provisioner: p, Token: token}, 0)
		}),
		web.Bind("scim-token-revoke", http.StatusOK, func(ctx context.Context, in *RevokeIn) (*web.Reply[web.None], error) {
			if err := people.RevokeProvisioner(ctx, in.ID); err != nil {
				return nil, err
			}
			return web.OK(web.None{})
		}),
	}
}
