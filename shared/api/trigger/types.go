package trigger

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/trigger"
)

// ListIn pages a workflow's triggers.
type ListIn struct {
	ID     string `path:"id"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// OneIn names a trigger.
type OneIn struct {
	ID        string `path:"id"`
	TriggerID string `path:"triggerId"`
}

// SignatureBody says how a webhook is signed.
type SignatureBody struct {
	Kind            trigger.Kind `json:"kind" jsonschema:"required,enum=standard,enum=stripe,enum=github,enum=slack,enum=hmac"`
	Header          string       `json:"header,omitempty" jsonschema:"maxLength=200"`
	Algorithm       string       `json:"algorithm,omitempty" jsonschema:"enum=sha256,enum=sha512"`
	Encoding        string       `json:"encoding,omitempty" jsonschema:"enum=hex,enum=base64"`
	Prefix          string       `json:"prefix,omitempty" jsonschema:"maxLength=200"`
	TimestampHeader string       `json:"timestampHeader,omitempty" jsonschema:"maxLength=200"`
}

// CreateBody is a new trigger. Which fields count depends on its type.
type CreateBody struct {
	Type      trigger.Type    `json:"type" jsonschema:"required,enum=schedule,enum=webhook,enum=event"`
	Enabled   *bool           `json:"enabled,omitempty"`
	Cron      *string         `json:"cron,omitempty" jsonschema:"maxLength=200"`
	Timezone  *string         `json:"timezone,omitempty" jsonschema:"maxLength=100"`
	Missed    *trigger.Missed `json:"missed,omitempty" jsonschema:"enum=skip,enum=once"`
	Signature *SignatureBody  `json:"signature,omitempty"`
	Secret    *secret.Secret  `json:"secret,omitempty"`
	Event     *string         `json:"event,omitempty" jsonschema:"maxLength=100"`
	Filter    *string         `json:"filter,omitempty" jsonschema:"maxLength=20000"`
	Input     json.RawMessage `json:"input,omitempty"`
}

// CreateIn makes a trigger of a workflow.
type CreateIn struct {
	ID   string `path:"id"`
	Body CreateBody
}

// UpdateBody changes a trigger: what is left out stays.
type UpdateBody struct {
	Enabled      *bool           `json:"enabled,omitempty"`
	Cron         *string         `json:"cron,omitempty" jsonschema:"maxLength=200"`
	Timezone     *string         `json:"timezone,omitempty" jsonschema:"maxLength=100"`
	Missed       *trigger.Missed `json:"missed,omitempty" jsonschema:"enum=skip,enum=once"`
	Signature    *SignatureBody  `json:"signature,omitempty"`
	Secret       *secret.Secret  `json:"secret,omitempty"`
	RotateSecret bool            `json:"rotateSecret,omitempty"`
	Event        *string         `json:"event,omitempty" jsonschema:"maxLength=100"`
	Filter       *string         `json:"filter,omitempty" jsonschema:"maxLength=20000"`
	Input        json.RawMessage `json:"input,omitempty"`
}

// UpdateIn changes a trigger.
type UpdateIn struct {
	ID        string `path:"id"`
	TriggerID string `path:"triggerId"`
	IfMatch   int64  `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body      UpdateBody
}

// DeleteIn removes a trigger.
type DeleteIn struct {
	ID        string `path:"id"`
	TriggerID string `path:"triggerId"`
	IfMatch   int64  `header:"If-Match"`
}

// DeliveriesIn pages a trigger's deliveries.
type DeliveriesIn struct {
	ID        string `path:"id"`
	TriggerID string `path:"triggerId"`
	Limit     int    `query:"limit"`
	Cursor    string `query:"cursor"`
}

// HookIn names the trigger that a webhook is for; its body is read as it is.
type HookIn struct {
	TriggerID string `path:"triggerId"`
}

// EventIn is a custom event.
type EventIn struct {
	Body struct {
		Name string          `json:"name" jsonschema:"required,maxLength=100"`
		Data json.RawMessage `json:"data,omitempty"`
		ID   string          `json:"id,omitempty" jsonschema:"maxLength=255"`
	}
}

// Told names the event that was told.
type Told struct {
	EventID string `json:"eventId"`
}
