// Package plans opens the planner.
package plans

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/openai"
	"github.com/apiq/apiq/shared/secret/secretsmanager"
)

// modelTime is below the gateway's 30 s, so that the built-in planner can still
// answer when the model does not.
const modelTime = 15 * time.Second

// Open opens the planner, with the model where its key is set.
func Open(b *base.Base) (*plan.Service, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	a, err := apis.Open(b, objects, apis.Options{})
	if err != nil {
		return nil, err
	}
	model, err := model(b)
	if err != nil {
		return nil, err
	}
	return plan.New(b.Store, b.Trail, a.Connections, &plan.Options{Model: model, ModelTime: modelTime, Log: b.Log})
}

func model(b *base.Base) (plan.Model, error) {
	if b.Env.OpenAIKeySecret == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	key, err := secretsmanager.Fetch(ctx, secretsmanager.NewClient(b.AWS, awsenv.Endpoint(b.Env.EndpointSecrets)), b.Env.OpenAIKeySecret)
	if err != nil {
		b.Log.ErrorContext(ctx, "the model's key cannot be read; the built-in planner plans", "err", err)
		return nil, nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one by documentation
	transport.Proxy = nil
	return openai.New(key, &openai.Options{BaseURL: b.Env.OpenAIBaseURL, Model: b.Env.OpenAIModel, Client: &http.Client{Transport: transport, Timeout: modelTime}})
}
