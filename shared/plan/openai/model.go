package openai

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/secret"
)

//go:embed prompts/system.md
var systemPrompt string

//go:embed prompts/edit.md
var editPrompt string

const (
	defaultBaseURL = "https://api.openai.com/v1/"
	defaultModel   = "gpt-5-mini"
)

// Options of a Model.
type Options struct {
	// BaseURL is where the server's API begins (OPENAI_BASE_URL). Defaults to
	// OpenAI's own.
	BaseURL string
	// Model is the model's name (OPENAI_MODEL). Defaults to "gpt-5-mini".
	Model string
	// Price is what the model's tokens cost (OPENAI_PRICE_INPUT,
	// OPENAI_PRICE_OUTPUT). Defaults to none: tokens are counted, and cost is not told.
	Price plan.Price
	// Client sends the requests; its limits and guards are the caller's. Defaults to
	// a plain client.
	Client *http.Client
	// Now is the clock that a Retry-After counts from. Defaults to time.Now.
	Now func() time.Time
}

// mode is how the server is held to the schema.
type mode int32

const (
	strictSchema mode = iota
	jsonObject
	plainText
)

// Model drafts plans. It is safe for concurrent use.
type Model struct {
	chat  sdk.ChatCompletionService
	name  string
	price plan.Price
	now   func() time.Time
	// mode is the strictest that the server was found to take.
	mode atomic.Int32
	// rests is until when the server asked not to be asked, in Unix nanoseconds.
	rests atomic.Int64
}

var _ plan.Model = (*Model)(nil)

// New makes a Model. Environment variables that the SDK would read by itself are
// not read: what is sent where is decided by the arguments alone.
func New(key secret.Secret, opts *Options) (*Model, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.BaseURL == "" {
		o.BaseURL = defaultBaseURL
	}
	if o.Model == "" {
		o.Model = defaultModel
	}
	if o.Client == nil {
		o.Client = &http.Client{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if key.IsZero() {
		return nil, errors.New("openai: no API key")
	}
	client := *o.Client
	client.Transport = bounded{client.Transport}
	return &Model{name: o.Model, price: o.Price, now: o.Now, chat: sdk.NewChatCompletionService(option.WithBaseURL(o.BaseURL),
		option.WithAPIKey(key.Reveal()), option.WithHTTPClient(&client), option.WithMaxRetries(0))}, nil
}

// Draft asks the model once; a server that takes no strict schema is asked again
// with what it takes. It implements plan.Model.
func (m *Model) Draft(ctx context.Context, req plan.DraftRequest) (plan.DraftResult, error) {
	if m.now().UnixNano() < m.rests.Load() {
		return plan.DraftResult{}, &plan.ModelError{Reason: reasonBusy}
	}
	off := offerOf(req)
	raw, err := json.Marshal(off.message(req))
	if err != nil {
		return plan.DraftResult{}, &plan.ModelError{Reason: "The goal could not be put to the model.", Cause: err}
	}
	user, kept := withhold(string(raw))
	usage := plan.Usage{Model: m.name}
	for at := mode(m.mode.Load()); ; at++ {
		answer, err := m.ask(ctx, params(m.name, at, user, off.ids, req.Last != nil), &usage)
		if err != nil {
			if lacks, always := unsupported(err); lacks && at < plainText {
				if always {
					m.mode.CompareAndSwap(int32(at), int32(at+1))
				}
				continue
			}
			return plan.DraftResult{}, &plan.ModelError{Reason: reason(ctx, err), Usage: usage, Cause: redact(err)}
		}
		usage.PromptTokens += answer.Usage.PromptTokens
		usage.CompletionTokens += answer.Usage.CompletionTokens
		usage.CostUSD = m.price.Of(usage)
		return read(answer, kept, off, req.Last, usage)
	}
}

// ask sends one question, and once more where the server asks for a short pause.
func (m *Model) ask(ctx context.Context, p sdk.ChatCompletionNewParams, usage *plan.Usage) (*sdk.ChatCompletion, error) {
	usage.Calls++
	answer, err := m.chat.New(ctx, p)
	wait, asked := retryAfter(err, m.now())
	if !asked {
		return answer, err
	}
	if wait > longestWait {
		m.rests.Store(m.now().Add(min(wait, longestRest)).UnixNano())
		return nil, err
	}
	if err := pause.For(ctx, wait); err != nil {
		return nil, err
	}
	usage.Calls++
	return m.chat.New(ctx, p)
}

// params put the question. The instructions are the same for every goal and every
// document: what others wrote stands in the user message alone.
func params(name string, at mode, user string, ids []string, edits bool) sdk.ChatCompletionNewParams {
	p := sdk.ChatCompletionNewParams{Model: name}
	system := systemPrompt
	if edits {
		system += editPrompt
	}
	switch at {
	case strictSchema:
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: "plan", Strict: sdk.Bool(true), Schema: schema(ids, edits)}}
	case jsonObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	}
	if at != strictSchema {
		text, _ := json.Marshal(schema(nil, edits)) // maps of texts always encode
		system += "\nThe schema of the answer:\n" + string(text)
	}
	p.Messages = []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage(system), sdk.UserMessage(user)}
	return p
}
