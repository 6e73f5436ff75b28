package trigger

import (
	"encoding/json"
	"time"
)

// Type says what a trigger waits for.
type Type string

// The types of triggers.
const (
	TypeSchedule Type = "schedule"
	TypeWebhook  Type = "webhook"
	TypeEvent    Type = "event"
)

// Missed says what becomes of a firing whose time passed while nothing could run.
type Missed string

// The policies for missed firings.
const (
	// MissedSkip leaves them out.
	MissedSkip Missed = "skip"
	// MissedOnce makes up for all of them by one run, that of the latest.
	MissedOnce Missed = "once"
)

// Names of events that APIQ itself tells. Others are custom.
const (
	ExecutionFailed    = "execution.failed"
	ExecutionCompleted = "execution.completed"
	SpecChanged        = "spec.changed"
	// WebhookReceived carries the id of a delivery; triggers cannot listen to it.
	WebhookReceived = "webhook.received"
	// scheduled is the name that $event has in the input of a scheduled run.
	scheduled = "schedule"
)

// Trigger starts runs of one workflow.
type Trigger struct {
	ID         string `json:"id"`
	WorkflowID string `json:"workflowId"`
	// Version is raised by each change, and is what If-Match compares.
	Version int64 `json:"version"`
	Type    Type  `json:"type" jsonschema:"enum=schedule,enum=webhook,enum=event"`
	Enabled bool  `json:"enabled"`

	// Cron has five fields: minute, hour, day of month, month, day of week (0–6, Sunday is 0).
	Cron string `json:"cron,omitempty"`
	// Timezone is a name of the IANA time zone database.
	Timezone string `json:"timezone,omitempty"`
	Missed   Missed `json:"missed,omitempty" jsonschema:"enum=skip,enum=once"`
	// NextAt is when an enabled clock comes next.
	NextAt time.Time `json:"nextAt,omitzero"`

	// Path is where a webhook is sent.
	Path      string     `json:"path,omitempty"`
	Signature *Signature `json:"signature,omitempty"`

	// Event is the name of the event that is waited for.
	Event string `json:"event,omitempty"`

	// Filter is a {% condition %} over $event; what it does not hold for starts nothing.
	Filter string `json:"filter,omitempty"`
	// Input is a template over $event. Without one a run's input is the event's
	// data, and {} for a schedule.
	Input json.RawMessage `json:"input,omitempty"`

	LastResult *Result   `json:"lastResult,omitempty"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
	CreatedBy  string    `json:"createdBy"`
	UpdatedBy  string    `json:"updatedBy"`
}

// Result is how a firing went.
type Result struct {
	At          time.Time `json:"at"`
	Status      Status    `json:"status" jsonschema:"enum=received,enum=started,enum=refused,enum=skipped"`
	DeliveryID  string    `json:"deliveryId"`
	ExecutionID string    `json:"executionId,omitempty"`
	// Code and Detail say why it was refused or skipped.
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Status is how far a delivery has come.
type Status string

// The states of a delivery.
const (
	Received Status = "received"
	Started  Status = "started"
	Refused  Status = "refused"
	Skipped  Status = "skipped"
)

// Delivery is one event that reached a trigger.
type Delivery struct {
	ID        string `json:"id"`
	TriggerID string `json:"triggerId"`
	// EventID is the sender's where there is one that the signature covers, else a
	// digest of what was sent.
	EventID     string    `json:"eventId"`
	Status      Status    `json:"status" jsonschema:"enum=received,enum=started,enum=refused,enum=skipped"`
	At          time.Time `json:"at"`
	ExecutionID string    `json:"executionId,omitempty"`
	Code        string    `json:"code,omitempty"`
	Detail      string    `json:"detail,omitempty"`
}

// Made is a trigger as its maker sees it, once, with the secret that was generated.
type Made struct {
	Trigger
	// Secret is empty where the secret was given, or is not a new one.
	Secret string `json:"secret,omitempty"`
}

const hookPath = "/hooks/"
