package system

// Health says whether the service is well.
type Health struct {
	Status  string            `json:"status" jsonschema:"enum=ok,enum=degraded,enum=down"`
	Checks  map[string]string `json:"checks"`
	Version string            `json:"version"`
}
