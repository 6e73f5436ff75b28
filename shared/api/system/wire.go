package system

import "time"

// CacheEntry is one cached spec.
type CacheEntry struct {
	URL       string    `json:"url"`
	FetchedAt time.Time `json:"fetchedAt"`
	// TTLRemaining is in seconds; 0 when the next use asks the source again.
	TTLRemaining int64  `json:"ttlRemaining"`
	ETag         string `json:"etag"`
	Bytes        int64  `json:"bytes"`
	SpecHash     string `json:"specHash"`
}

// PurgeIn names what to forget; without a URL everything.
type PurgeIn struct {
	URL string `query:"url"`
}

// Purged counts what was forgotten.
type Purged struct {
	Purged int `json:"purged"`
}

// Stats are counts for the workspace.
type Stats struct {
	Connections int            `json:"connections"`
	Operations  int            `json:"operations"`
	Workflows   int            `json:"workflows"`
	Executions  map[string]int `json:"executions"` // by status, of the last Window
	// SuccessRate is completed over ended runs of the window, null when none ended.
	SuccessRate *float64  `json:"successRate"`
	Since       time.Time `json:"since"`
	Members     int       `json:"members"`
}

// Health says whether the service is well.
type Health struct {
	Status  string            `json:"status" jsonschema:"enum=ok,enum=degraded,enum=down"`
	Checks  map[string]string `json:"checks"`
	Version string            `json:"version"`
}
