package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/web"
)

// Factors is what a person has enrolled besides a password.
type Factors struct {
	TOTP TOTP `json:"totp"`
	// RecoveryCodes is how many are left.
	RecoveryCodes int `json:"recoveryCodes"`
	Passkeys      int `json:"passkeys"`
}

// TOTP tells of the authenticator app.
type TOTP struct {
	Enabled bool       `json:"enabled"`
	Since   *time.Time `json:"since,omitempty"`
}

// Enrolment is shown once.
type Enrolment struct {
	// OTPAuth is the otpauth:// address, for a QR code.
	OTPAuth       string   `json:"otpauth"`
	Secret        string   `json:"secret"`
	RecoveryCodes []string `json:"recoveryCodes"`
}

// RecoveryCodes are shown once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recoveryCodes"`
}

// CodeIn is a code of the authenticator app.
type CodeIn struct {
	Body struct {
		Code string `json:"code" jsonschema:"required,minLength=1,maxLength=64"`
	}
}

// DisableIn proves that the person themselves switches the app off.
type DisableIn struct {
	Body struct {
		// Password may be left out by an account that has none.
		Password secret.Secret `json:"password,omitzero"`
		// Code is one of the app, or a recovery code.
		Code string `json:"code" jsonschema:"required,minLength=1,maxLength=64"`
	}
}

// ConfirmIn proves again who is signed in: one of the two; a code where a second
// factor is enrolled.
type ConfirmIn struct {
	Body struct {
		Password secret.Secret `json:"password,omitzero"`
		Code     string        `json:"code,omitempty" jsonschema:"maxLength=64"`
	}
}

// Second binds the routes of second factors.
func Second(ids *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("mfa-get", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Factors], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return factors(ids.Factors(ctx, p))
		}),
		web.Bind("mfa-totp", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[Enrolment], error) {
			p, _ := identity.PrincipalFrom(ctx)
			e, err := ids.EnrolTOTP(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.OK(Enrolment{OTPAuth: e.URI, Secret: e.Secret, RecoveryCodes: e.RecoveryCodes})
		}),
		web.Bind("mfa-totp-confirm", http.StatusOK, func(ctx context.Context, in *CodeIn) (*web.Reply[Factors], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return factors(ids.ConfirmTOTP(ctx, p, in.Body.Code))
		}),
		web.Bind("mfa-totp-delete", http.StatusOK, func(ctx context.Context, in *DisableIn) (*web.Reply[Factors], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return factors(ids.DisableTOTP(ctx, p, in.Body.Password.Reveal(), in.Body.Code))
		}),
		web.Bind("mfa-recovery", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[RecoveryCodes], error) {
			p, _ := identity.PrincipalFrom(ctx)
			codes, err := ids.RenewRecovery(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.OK(RecoveryCodes{RecoveryCodes: codes})
		}),
		web.Bind("auth-confirm", http.StatusOK, func(ctx context.Context, in *ConfirmIn) (*web.Reply[web.None], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return &web.Reply[web.None]{}, ids.Confirm(ctx, p, in.Body.Password.Reveal(), in.Body.Code)
		}),
	}
}

func factors(f identity.Factors, err error) (*web.Reply[Factors], error) {
	if err != nil {
		return nil, err
	}
	return web.OK(Factors{TOTP: TOTP{Enabled: f.TOTP != nil, Since: f.TOTP}, RecoveryCodes: f.RecoveryCodes, Passkeys: f.Passkeys})
}
