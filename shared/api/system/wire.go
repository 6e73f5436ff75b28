package system

// CacheIn narrows to one URL.
type CacheIn struct {
	URL    string `query:"url"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// PurgeIn names what to forget; without a URL everything.
type PurgeIn struct {
	URL string `query:"url"`
}

// Purged counts what was forgotten.
type Purged struct {
	Purged int `json:"purged"`
}

// Health says whether the service is well.
type Health struct {
	Status  string            `json:"status" jsonschema:"enum=ok,enum=degraded,enum=down"`
	Checks  map[string]string `json:"checks"`
	Version string            `json:"version"`
}
