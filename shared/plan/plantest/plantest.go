// Package plantest makes catalogues of documents, and answers to what plans ask, for
// tests of planning.
package plantest

import (
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// API reads what a document offers; every operation must be readable.
func API(t testing.TB, doc *spec.Document) *catalog.API {
	t.Helper()
	api, skipped, err := catalog.New(t.Context(), doc)
	if err != nil || skipped != 0 {
		t.Fatalf("%s: %d operations cannot be read: %v", doc.Info().Title, skipped, err)
	}
	return api
}
