package main

import (
	"testing"

	"github.com/apiq/apiq/infra/hometest"
)

// sampleConnection finds a sample by its name.
func sampleConnection(t testing.TB, p hometest.Person, name string) string {
	t.Helper()
	var all []struct{ ID, Name string }
	p.Must(200, "GET", "/api/apis?limit=100", nil).Into(t, &all)
	for _, c := range all {
		if c.Name == name {
			return c.ID
		}
	}
	t.Fatalf("no connection %s among %v", name, all)
	return ""
}
