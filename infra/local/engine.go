package main

import (
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/openai"
)

// openEngine makes the interpreter, with the functions that definitions call.
func (h *home) openEngine() (*local.Engine, error) {
	return local.New(h.store, map[string]execution.Handler{
		execution.FunctionCall:     h.calls.Handle,
		execution.FunctionApproval: h.runs.AskPerson,
		execution.FunctionUnknown:  h.runs.AskPerson,
		execution.FunctionWorkflow: h.launcher.Nested,
	}, &local.Options{Log: h.log, Observer: h.runs.Observe})
}

// modelTimeout bounds one question to the model; its planner sets its own below it.
const modelTimeout = time.Minute

// model is the planning model, nil without a key: then the built-in planner
// plans. Its address is the operator's choice, so the guard against what users
// may reach does not apply.
func (h *home) model() (plan.Model, error) {
	if h.config.Key().IsZero() {
		return nil, nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one by documentation
	transport.Proxy = nil
	return openai.New(h.config.Key(), &openai.Options{BaseURL: h.config.OpenAIBaseURL, Model: h.config.OpenAIModel,
		Price:  plan.Price{Input: h.config.OpenAIPriceInput, Output: h.config.OpenAIPriceOutput},
		Client: &http.Client{Transport: transport, Timeout: modelTimeout}})
}
