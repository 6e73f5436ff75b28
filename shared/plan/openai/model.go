package openai

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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

const (
	defaultBaseURL = "https://api.openai.com/v1/"
	defaultModel   = "gpt-5-mini"
	// longestWait is how long a 429's Retry-After is waited for; a longer one fails.
	longestWait = 2 * time.Second
)

// Options of a Model.
type Options struct {
	// BaseURL is where the server's API begins (OPENAI_BASE_URL). Defaults to
	// OpenAI's own.
	BaseURL string
	// Model is the model's name (OPENAI_MODEL). Defaults to "gpt-5-mini".
	Model string
	// Client sends the requests; its limits and guards are the caller's. Defaults to
	// a plain client.
	Client *http.Client
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
	chat sdk.ChatCompletionService
	name string
	// mode is the strictest that the server was found to take.
	mode atomic.Int32
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
	if key.IsZero() {
		return nil, errors.New("openai: no API key")
	}
	client := *o.Client
	client.Transport = bounded{client.Transport}
	return &Model{name: o.Model, chat: sdk.NewChatCompletionService(option.WithBaseURL(o.BaseURL), option.WithAPIKey(key.Reveal()),
		option.WithHTTPClient(&client), option.WithMaxRetries(0))}, nil
}

// Draft asks the model once; a server that takes no strict schema is asked again
// with what it takes. It implements plan.Model.
func (m *Model) Draft(ctx context.Context, req plan.DraftRequest) (plan.DraftResult, error) {
	off := offerOf(req)
	user, err := json.Marshal(off.message(req))
	if err != nil {
		return plan.DraftResult{}, &plan.ModelError{Reason: "The goal could not be put to the model.", Cause: err}
	}
	var usage plan.Usage
	for {
		at := mode(m.mode.Load())
		answer, err := m.ask(ctx, at, string(user), off)
		if err != nil {
			if unsupported(err) && at < plainText {
				m.mode.CompareAndSwap(int32(at), int32(at+1))
				continue
			}
			return plan.DraftResult{}, &plan.ModelError{Reason: reason(ctx, err), Usage: usage, Cause: redact(err)}
		}
		usage.Model, usage.Calls = m.name, usage.Calls+1
		usage.PromptTokens += answer.Usage.PromptTokens
		usage.CompletionTokens += answer.Usage.CompletionTokens
		return read(answer, off, usage)
	}
}

func (m *Model) ask(ctx context.Context, at mode, user string, off *offer) (*sdk.ChatCompletion, error) {
	system := systemPrompt
	params := sdk.ChatCompletionNewParams{Model: m.name}
	switch at {
	case strictSchema:
		params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: "plan", Strict: sdk.Bool(true), Schema: off.schema()}}
	case jsonObject:
		params.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	}
	if at != strictSchema {
		text, err := json.Marshal(off.schema())
		if err != nil {
			return nil, fmt.Errorf("openai: schema: %w", err)
		}
		system += "\nThe schema of the answer:\n" + string(text)
	}
	params.Messages = []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage(system), sdk.UserMessage(user)}
	answer, err := m.chat.New(ctx, params)
	if wait, ok := retryAfter(err); ok {
		if err := pause.For(ctx, wait); err != nil {
			return nil, err
		}
		answer, err = m.chat.New(ctx, params)
	}
	return answer, err
}

// retryAfter reads a short Retry-After of a 429 (RFC 9110, section 10.2.3).
func retryAfter(err error) (time.Duration, bool) {
	var failed *sdk.Error
	if !errors.As(err, &failed) || failed.StatusCode != http.StatusTooManyRequests || failed.Response == nil {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(failed.Response.Header.Get("Retry-After"), 64)
	if err != nil || seconds < 0 || time.Duration(seconds*float64(time.Second)) > longestWait {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// unsupported says that the server refused the way it was to answer in.
func unsupported(err error) bool {
	var failed *sdk.Error
	if !errors.As(err, &failed) || failed.StatusCode != http.StatusBadRequest && failed.StatusCode != http.StatusUnprocessableEntity {
		return false
	}
	text := strings.ToLower(failed.Message + failed.Param + failed.RawJSON())
	return strings.Contains(text, "response_format") || strings.Contains(text, "json_schema") || strings.Contains(text, "json_object") || strings.Contains(text, "schema")
}

// reason says in a sentence for a person why the model gave no answer.
func reason(ctx context.Context, err error) string {
	var failed *sdk.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return "The model did not answer in time."
	case !errors.As(err, &failed):
		return "The model could not be reached."
	case failed.StatusCode == http.StatusTooManyRequests:
		return "The model is at its rate limit."
	case failed.StatusCode == http.StatusUnauthorized || failed.StatusCode == http.StatusForbidden:
		return "The model refused the configured key."
	case failed.StatusCode == http.StatusNotFound:
		return "The configured model does not exist on its server."
	default:
		return fmt.Sprintf("The model's server answered with status %d.", failed.StatusCode)
	}
}

// redact keeps what is logged to the status: the SDK's error holds the request,
// which holds the key.
func redact(err error) error {
	var failed *sdk.Error
	if errors.As(err, &failed) {
		return fmt.Errorf("openai: status %d, code %q, type %q", failed.StatusCode, failed.Code, failed.Type)
	}
	return err
}
