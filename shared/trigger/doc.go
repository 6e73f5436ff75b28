// Package trigger owns what starts runs without a person: clocks, webhooks, events.
package trigger
