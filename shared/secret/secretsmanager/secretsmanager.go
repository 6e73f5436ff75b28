// Package secretsmanager reads a secret of the operator's own from AWS Secrets
// Manager: one that the product is given, such as the key of the planning model.
// Users' credentials never lie there.
package secretsmanager

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/apiq/apiq/shared/secret"
)

// NewClient makes a client; endpoint is nil for the service's own address.
func NewClient(cfg aws.Config, endpoint *string) *secretsmanager.Client {
	return secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) { o.BaseEndpoint = endpoint })
}

// errEmpty: the secret has no text.
var errEmpty = errors.New("secretsmanager: the secret holds no text")

// Fetch reads the current version of a secret, by its ARN.
func Fetch(ctx context.Context, client *secretsmanager.Client, arn string) (secret.Secret, error) {
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return secret.Secret{}, fmt.Errorf("secretsmanager: %w", err)
	}
	if aws.ToString(out.SecretString) == "" {
		return secret.Secret{}, errEmpty
	}
	return secret.New(*out.SecretString), nil
}
