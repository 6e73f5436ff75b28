// Package passkey holds the handlers of passkeys. They are apart from the other ones
// of accounts: only the functions of passkeys link what judges them.
package passkey

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/identity/passkey"
	"github.com/apiq/apiq/shared/web"
)

// CreateIn is what an authenticator answered, as PublicKeyCredential.toJSON writes it.
type CreateIn struct {
	Body struct {
		ChallengeID string          `json:"challengeId" jsonschema:"required,maxLength=64"`
		Name        string          `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
		Credential  json.RawMessage `json:"credential" jsonschema:"required"`
	}
}

// AnswerIn is the same for a sign-in.
type AnswerIn struct {
	Body struct {
		ChallengeID string          `json:"challengeId" jsonschema:"required,maxLength=64"`
		Credential  json.RawMessage `json:"credential" jsonschema:"required"`
	}
}

// RenameIn names a passkey anew.
type RenameIn struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
	}
}

// IDIn names a passkey.
type IDIn struct {
	ID string `path:"id"`
}

// Created is a new passkey, with recovery codes where it is the first second factor.
type Created struct {
	passkey.Passkey
	RecoveryCodes []string `json:"recoveryCodes"`
}

// Endpoints binds the routes of this area. reply answers a sign-in as any other does.
func Endpoints[S any](keys *passkey.Service, reply func(identity.Grant, error) (*web.Reply[S], error)) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("passkeys-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]passkey.Passkey], error) {
			p, _ := identity.PrincipalFrom(ctx)
			all, err := keys.List(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.List(all, "")
		}),
		web.Bind("passkeys-options", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[passkey.Ceremony], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return answer(keys.RegisterOptions(ctx, p))
		}),
		web.Bind("passkeys-create", http.StatusCreated, func(ctx context.Context, in *CreateIn) (*web.Reply[Created], error) {
			p, _ := identity.PrincipalFrom(ctx)
			made, codes, err := keys.Register(ctx, p, in.Body.ChallengeID, in.Body.Name, in.Body.Credential)
			if err != nil {
				return nil, err
			}
			return web.Created(Created{made, append([]string{}, codes...)}, 0)
		}),
		web.Bind("passkeys-update", http.StatusOK, func(ctx context.Context, in *RenameIn) (*web.Reply[passkey.Passkey], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return answer(keys.Rename(ctx, p, in.ID, in.Body.Name))
		}),
		web.Bind("passkeys-delete", http.StatusOK, func(ctx context.Context, in *IDIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return answer(web.None{}, keys.Remove(ctx, p, in.ID))
		}),
		web.Bind("passkeys-confirm", http.StatusOK, func(ctx context.Context, in *AnswerIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return answer(web.None{}, keys.Confirm(ctx, p, in.Body.ChallengeID, in.Body.Credential))
		}),
		web.Bind("passkeys-login-options", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[passkey.Ceremony], error) {
			return answer(keys.LoginOptions(ctx))
		}),
		web.Bind("passkeys-login", http.StatusOK, func(ctx context.Context, in *AnswerIn) (*web.Reply[S], error) {
			return reply(keys.Login(ctx, in.Body.ChallengeID, in.Body.Credential))
		}),
	}
}

func answer[T any](data T, err error) (*web.Reply[T], error) {
	if err != nil {
		return nil, err
	}
	return web.OK(data)
}
