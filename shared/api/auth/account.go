package auth

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/web"
)

// ForgotIn is the input of "forgot password".
type ForgotIn struct {
	Body struct {
		Email string `json:"email" jsonschema:"required,minLength=3,maxLength=254"`
	}
}

// ResetIn is a link's token and the new password.
type ResetIn struct {
	Body struct {
		Token    secret.Secret `json:"token" jsonschema:"required"`
		Password secret.Secret `json:"password" jsonschema:"required"`
	}
}

// LinkIn is a link's token.
type LinkIn struct {
	Body struct {
		Token secret.Secret `json:"token" jsonschema:"required"`
	}
}

// EmailIn is the input of a change of address.
type EmailIn struct {
	Body struct {
		Email    string        `json:"email" jsonschema:"required,minLength=3,maxLength=254"`
		Password secret.Secret `json:"password" jsonschema:"required"`
	}
}

// PasswordIn is the input of a change of password.
type PasswordIn struct {
	Body struct {
		Current  secret.Secret `json:"current" jsonschema:"required"`
		Password secret.Secret `json:"password" jsonschema:"required"`
	}
}

// MeIn is what a person may change of themself.
type MeIn struct {
	Body struct {
		Name   *string `json:"name,omitempty" jsonschema:"minLength=1,maxLength=100"`
		Notify *bool   `json:"notify,omitempty" doc:"Whether letters tell of what waits for a decision. Those about the account come all the same."`
	}
}

// account binds the routes of one's own account.
func account(ids *identity.Service) []web.Endpoint {
	done := func(err error) (*web.Reply[web.None], error) { return &web.Reply[web.None]{}, err }
	return []web.Endpoint{
		web.Bind("auth-password-forgot", http.StatusAccepted, func(ctx context.Context, in *ForgotIn) (*web.Reply[web.None], error) {
			return &web.Reply[web.None]{Status: http.StatusAccepted}, ids.ForgotPassword(ctx, in.Body.Email)
		}),
		web.Bind("auth-password-reset", http.StatusOK, func(ctx context.Context, in *ResetIn) (*web.Reply[web.None], error) {
			return done(ids.ResetPassword(ctx, in.Body.Token.Reveal(), in.Body.Password.Reveal()))
		}),
		web.Bind("auth-password-change", http.StatusOK, func(ctx context.Context, in *PasswordIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return done(ids.ChangePassword(ctx, p, in.Body.Current.Reveal(), in.Body.Password.Reveal()))
		}),
		web.Bind("auth-email-verify", http.StatusOK, func(ctx context.Context, in *LinkIn) (*web.Reply[identity.Confirmed], error) {
			c, err := ids.ConfirmEmail(ctx, in.Body.Token.Reveal())
			if err != nil {
				return nil, err
			}
			return web.OK(c)
		}),
		web.Bind("auth-email-change", http.StatusAccepted, func(ctx context.Context, in *EmailIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{Status: http.StatusAccepted}, ids.ChangeEmail(ctx, p, in.Body.Email, in.Body.Password.Reveal())
		}),
		web.Bind("auth-email-resend", http.StatusAccepted, func(ctx context.Context, _ *web.None) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{Status: http.StatusAccepted}, ids.ResendVerification(ctx, p)
		}),
		web.Bind("auth-me-update", http.StatusOK, func(ctx context.Context, in *MeIn) (*web.Reply[User], error) {
			p, _ := identity.PrincipalFrom(ctx)
			user, err := ids.UpdateSelf(ctx, p, identity.Self{Name: in.Body.Name, Notify: in.Body.Notify})
			if err != nil {
				return nil, err
			}
			return web.OK(view(user, p.Role))
		}),
	}
}
