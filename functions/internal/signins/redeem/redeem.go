// Package redeem serves the row that shows providers who this application is: the only
// one that reads the operator's client secrets.
package redeem

import (
	"context"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/signins"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/secretsmanager"
	"github.com/apiq/apiq/shared/web"
)

// Build implements route.Build.
func Build(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
	return signins.With(b, people, secrets(b))
}

// secrets are the operator's, nil where the environment names none. A browser that comes
// back is told that the provider is not reached; the log has why.
func secrets(b *base.Base) signins.Secrets {
	if b.Env.SignInSecret == "" {
		return nil
	}
	client := secretsmanager.NewClient(b.AWS, awsenv.Endpoint(b.Env.EndpointSecrets))
	group := secretsmanager.NewGroup(func(ctx context.Context) (secret.Secret, error) {
		return secretsmanager.Fetch(ctx, client, b.Env.SignInSecret)
	}, nil)
	return func(ctx context.Context, name string) (secret.Secret, error) {
		one, err := group.Get(ctx, name)
		if err != nil {
			b.Log.ErrorContext(ctx, "the client secret of a provider cannot be read", "name", name, "err", err)
		}
		return one, err
	}
}
