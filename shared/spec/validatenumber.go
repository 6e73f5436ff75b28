package spec

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// maxDigits bounds the digits of a number, its exponent's zeros included: the
// library computes with as many as there are, and "1e999999" has a million.
const maxDigits = 400

// countable says whether a number may be computed with.
func countable(n json.Number) bool {
	if len(n) > maxDigits {
		return false
	}
	at := strings.IndexAny(string(n), "eE")
	if at < 0 {
		return true
	}
	exponent, err := strconv.Atoi(string(n[at+1:]))
	return err == nil && exponent >= -maxDigits && exponent <= maxDigits
}

// uncountable finds a number in a value that may not be computed with.
func uncountable(v any) (path []string, found bool) {
	switch v := v.(type) {
	case json.Number:
		return nil, !countable(v)
	case map[string]any:
		for name, item := range v {
			// Of several always the same one, by name.
			if below, odd := uncountable(item); odd && (!found || name < path[0]) {
				path, found = slices.Insert(below, 0, name), true
			}
		}
		return path, found
	case []any:
		for i, item := range v {
			if path, found = uncountable(item); found {
				return slices.Insert(path, 0, itoa(i)), true
			}
		}
	}
	return nil, false
}
