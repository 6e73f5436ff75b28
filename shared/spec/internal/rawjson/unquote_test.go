package rawjson

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzString: a string is decoded as encoding/json decodes it.
func FuzzString(f *testing.F) {
	for _, s := range []string{`""`, `"a\"\\\/\b\f\n\r\t"`, `"\u00e9\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, "\"\xff\"", `"\\"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		var want string
		if json.Unmarshal(v, &want) != nil || Kind(v) != '"' {
			return
		}
		// A run of bytes that are not UTF-8 becomes one mark here, one each there.
		for strings.Contains(want, "\ufffd\ufffd") {
			want = strings.ReplaceAll(want, "\ufffd\ufffd", "\ufffd")
		}
		got, ok := String(v)
		for strings.Contains(got, "\ufffd\ufffd") {
			got = strings.ReplaceAll(got, "\ufffd\ufffd", "\ufffd")
		}
		if !ok || got != want {
			t.Fatalf("%q: got %q, want %q", v, got, want)
		}
	})
}
