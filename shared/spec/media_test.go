package spec_test

import (
	"testing"

	"github.com/apiq/apiq/shared/spec"
)

func TestIsJSON(t *testing.T) {
	t.Parallel()
	for media, want := range map[string]bool{"application/json": true, "Text/JSON; charset=utf-8": true, "application/problem+json": true,
		"application/vnd.x+json;v=1": true, "application/xml": false, "*/*": false, "text/plain": false, "": false} {
		if got := spec.IsJSON(media); got != want {
			t.Errorf("%s: %v", media, got)
		}
	}
}
