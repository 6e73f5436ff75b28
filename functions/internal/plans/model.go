package plans

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/openai"
	"github.com/apiq/apiq/shared/secret/secretsmanager"
)

// keyTime is how long the model's key may take.
const keyTime = 3 * time.Second

// model is the planning model, nil where the environment names no key.
func model(b *base.Base) plan.Model {
	if b.Env.OpenAIKeySecret == "" {
		return nil
	}
	return &keyed{open: func(ctx context.Context) (plan.Model, error) {
		key, err := secretsmanager.Fetch(ctx, secretsmanager.NewClient(b.AWS, awsenv.Endpoint(b.Env.EndpointSecrets)), b.Env.OpenAIKeySecret)
		if err != nil {
			return nil, err
		}
		transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one by documentation
		transport.Proxy = nil
		return openai.New(key, &openai.Options{BaseURL: b.Env.OpenAIBaseURL, Model: b.Env.OpenAIModel,
			Price:  plan.Price{Input: b.Env.OpenAIPriceInput, Output: b.Env.OpenAIPriceOutput},
			Client: &http.Client{Transport: transport, Timeout: modelTime}})
	}}
}

// keyed is a model whose key is read when the first plan asks for it: a start does
// not wait for it, and an environment whose first reading failed reads it again
// instead of doing without the model for as long as it lives.
type keyed struct {
	open func(context.Context) (plan.Model, error)
	mu   sync.Mutex
	got  plan.Model
}

// Draft implements plan.Model.
func (k *keyed) Draft(ctx context.Context, req plan.DraftRequest) (plan.DraftResult, error) {
	m, err := k.model(ctx)
	if err != nil {
		return plan.DraftResult{}, &plan.ModelError{Reason: "The planning model's key cannot be read at this moment.", Cause: err}
	}
	return m.Draft(ctx, req)
}

func (k *keyed) model(ctx context.Context) (plan.Model, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.got == nil {
		ctx, cancel := context.WithTimeout(ctx, keyTime)
		defer cancel()
		m, err := k.open(ctx)
		if err != nil {
			return nil, err
		}
		k.got = m
	}
	return k.got, nil
}
