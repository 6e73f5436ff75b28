package main

import (
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/boot"
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
	}, &local.Options{Log: h.log, Observer: h.runs.Observe, Uses: "connection"})
}

// modelTimeout bounds one question to the model; its planner sets its own below it.
const modelTimeout = time.Minute

// planningModel is nil without a key: then the built-in planner plans. The model's
// address is the operator's choice, so the guard against what users may reach does
// not apply.
func planningModel(c boot.Config) (plan.Model, error) {
	if c.Key().IsZero() {
		return nil, nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one by documentation
	transport.Proxy = nil
	return openai.New(c.Key(), &openai.Options{BaseURL: c.OpenAIBaseURL, Model: c.OpenAIModel,
		Price:  plan.Price{Input: c.OpenAIPriceInput, Output: c.OpenAIPriceOutput},
		Client: &http.Client{Transport: transport, Timeout: modelTimeout}})
}
