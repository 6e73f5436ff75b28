// Package trigger holds the handlers of triggers, webhooks and events.
package trigger
