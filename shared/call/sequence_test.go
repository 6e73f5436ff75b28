package call

import "testing"

// TestStreamsAreTexts: what a stream's value is does not depend on how many items
// came.
func TestStreamsAreTexts(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"{\"a\":1}\n":            `"{\"a\":1}\n"`,
		"{\"a\":1}\n{\"a\":2}\n": `"{\"a\":1}\n{\"a\":2}\n"`,
	} {
		c := decode("application/jsonl; charset=utf-8", []byte(body))
		if string(c.value) != want || c.isJSON || c.lie != "" {
			t.Errorf("%q: got %s, JSON: %v, %q", body, c.value, c.isJSON, c.lie)
		}
	}
}
