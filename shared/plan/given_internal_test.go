package plan

import (
	"encoding/json"
	"testing"
)

// TestPairsOverLines: a value in quotes, straight or curly, goes on over its lines.
func TestPairsOverLines(t *testing.T) {
	t.Parallel()
	names := map[string]map[string]json.RawMessage{"note": nil, "tags": nil}
	for message, want := range map[string]string{
		"note: \"A\nB\"\ntags: x": "A\nB", "note: “A\nB”\ntags: x": "A\nB", "note: A\nB\ntags: x": "A", "note: ": "",
	} {
		if got := pairs(message, names)["note"]; got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}

// FuzzGiven: whatever is said, what is read of it is JSON or told why it is none.
func FuzzGiven(f *testing.F) {
	for _, s := range []string{"book_id: 7", "a, b", ".", `book id is "x", tags = ["a","b"]` + "\n", "tags: ,", "\xff: [", `book_id: {"a": "tags: 1"}`} {
		f.Add(s)
	}
	schemas := map[string]map[string]json.RawMessage{}
	for name, schema := range map[string]string{
		"book_id": `{"type":"integer"}`, "tags": `{"type":"array","items":{"type":"array","items":{"enum":["a",1,null]}}}`, "price": `{"type":["number","null"]}`,
		"ok": `{"type":"boolean"}`, "body": `{"type":"object"}`, "any": `{}`,
	} {
		var s map[string]json.RawMessage
		if err := json.Unmarshal([]byte(schema), &s); err != nil {
			f.Fatal(err)
		}
		schemas[name] = s
	}
	f.Fuzz(func(t *testing.T, message string) {
		texts := pairs(message, schemas)
		for name := range schemas {
			for _, text := range []string{texts[name], message, unquote(message)} {
				if raw, why := typed(schemas[name], text); why == "" && !json.Valid(raw) {
					t.Errorf("%s of %q is %q", name, text, raw)
				}
			}
		}
	})
}
