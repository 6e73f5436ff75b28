// Package statemachines holds the platform's own state machines, in Amazon States
// Language with JSONata: what is done for all workspaces, and what takes longer
// than a request may. It is data; package upkeep does the work.
//
// Functions stand in a definition as ${name}; each home puts its own in.
package statemachines

import (
	"embed"
	"fmt"
)

//go:embed *.asl.json
var files embed.FS

// Machine is one definition.
type Machine struct {
	Name       string
	Definition string
	// Functions are the functions that it calls: the name that stands in the
	// definition as ${name}, and the function's id in package route.
	Functions map[string]string
}

// The machines' names.
const (
	SpecImport   = "spec-import"
	NightlyDrift = "nightly-drift"
	KeyRotation  = "key-rotation"
	AuditArchive = "audit-archive"
)

// All lists the machines.
func All() ([]Machine, error) {
	all := []Machine{
		{Name: SpecImport, Functions: map[string]string{"specImport": "task-spec-import"}},
		{Name: NightlyDrift, Functions: map[string]string{"drift": "task-drift"}},
		{Name: KeyRotation, Functions: map[string]string{"keyRotation": "task-key-rotation"}},
		{Name: AuditArchive, Functions: map[string]string{"auditArchive": "task-audit-archive"}},
	}
	for i := range all {
		raw, err := files.ReadFile(all[i].Name + ".asl.json")
		if err != nil {
			return nil, fmt.Errorf("statemachines: %w", err)
		}
		all[i].Definition = string(raw)
	}
	return all, nil
}
