package policy

import (
	"path"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/route"
)

// Resources are what the targets of grants stand for in a home.
type Resources struct {
	Table string
	// Bucket holds blobs, Archive the archived trail.
	Bucket, Archive string
	// Key is the ARN of the key that wraps data keys.
	Key string
	// OwnKeys are the ARNs of keys that workspaces bring. Defaults to none.
	OwnKeys []string
	// SinkRoles are the ARNs of roles of workspaces' buckets. Defaults to none.
	SinkRoles []string
	// Machines begins the names of workflows' state machines, with a hyphen after it;
	// Role is the ARN of the role that they run under.
	Machines, Role string
	// Import is the name of the import machine.
	Import string
	// Clocks is the group of triggers' schedules, ClockRole the ARN of their role.
	Clocks, ClockRole string
	Bus               string
	// Mail is the address that mail is sent from, ModelKey the ARN of the secret with
	// the model's key, SignIns that with the client secrets of providers. Default to none.
	Mail, ModelKey, SignIns string
}

// targets are all that a use is of.
func (h Resources) targets(u use) []route.Target {
	name, key, updates := strings.Cut(u.resource, item)
	of := h.target(use{u.action, name})
	matches := func(pattern string) bool {
		ok, err := path.Match(pattern, key) // a workspace's id has no slash, and no digest
		return ok && err == nil
	}
	if updates && of == route.TargetTable && slices.ContainsFunc(route.TrailKeys(), matches) {
		return []route.Target{of, route.TargetTrail}
	}
	return []route.Target{of}
}

// target is what a use is of, "" where it is nothing that a row can grant.
func (h Resources) target(u use) route.Target {
	service, _, _ := strings.Cut(u.action, ":")
	ours := map[string]map[string]route.Target{
		"dynamodb":       {h.Table: route.TargetTable},
		"s3":             {h.Bucket: route.TargetBucket, h.Archive: route.TargetArchive},
		"kms":            {credentials + h.Key: route.TargetKey},
		"scheduler":      {h.Clocks: route.TargetClocks},
		"events":         {h.Bus: route.TargetBus},
		"ses":            {h.Mail: route.TargetMail},
		"secretsmanager": {h.ModelKey: route.TargetModelKey, h.SignIns: route.TargetSignIns},
		"iam":            {toStates + h.Role: route.TargetRole, toScheduler + h.ClockRole: route.TargetClockRole},
		"states":         {machine + h.Import: route.TargetImport, token: route.TargetMachines},
	}
	if t, ok := ours[service][u.resource]; ok && u.resource != "" {
		return t
	}
	switch {
	case service == "kms" && slices.Contains(h.OwnKeys, strings.TrimPrefix(u.resource, credentials)) && strings.HasPrefix(u.resource, credentials):
		return route.TargetOwnKeys
	case service != "states":
	case strings.HasPrefix(u.resource, machine+h.Machines+"-"):
		return route.TargetMachines
	case strings.HasPrefix(u.resource, execution+h.Machines+"-"):
		return route.TargetRuns
	}
	return ""
}
