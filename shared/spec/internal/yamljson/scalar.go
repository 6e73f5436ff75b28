package yamljson

import (
	"math/big"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// quoted are the styles whose scalars are strings whatever they look like.
const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// appendScalar writes a scalar by the core schema; a tag of it counts for quoted
// ones too. What JSON has no number for
// (.inf, .nan, leading zeros such as a postcode's) stays a string, as written.
func appendScalar(dst []byte, n *yaml.Node) []byte {
	if tagged := n.Style&yaml.TaggedStyle != 0; tagged && !coreTag(n.Tag) || !tagged && n.Style&quoted != 0 {
		return rawjson.Quote(dst, strings.ToValidUTF8(n.Value, "\uFFFD"))
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return append(dst, "null"...)
	case "true", "True", "TRUE":
		return append(dst, "true"...)
	case "false", "False", "FALSE":
		return append(dst, "false"...)
	}
	if num, ok := coreNumber(n.Value); ok {
		return append(dst, num...)
	}
	return rawjson.Quote(dst, strings.ToValidUTF8(n.Value, "\uFFFD"))
}

func coreTag(tag string) bool {
	switch strings.TrimPrefix(tag, "tag:yaml.org,2002:") {
	case "!!int", "!!float", "!!bool", "!!null", "int", "float", "bool", "null":
		return true
	}
	return false
}

// coreNumber is the JSON spelling of a plain scalar that the core schema takes
// for a number.
func coreNumber(s string) (string, bool) {
	if c := s[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return "", false
	}
	if rawjson.IsNumber(s) {
		return s, true
	}
	if len(s) > 2 && len(s) <= 66 && s[0] == '0' && (s[1] == 'x' || s[1] == 'o') {
		n, ok := new(big.Int).SetString(strings.Replace(s, "0o", "0", 1), 0)
		if ok && !strings.ContainsAny(s, "_-+") {
			return n.String(), true
		}
		return "", false
	}
	// "+1", ".5", "-.5" and "1." are numbers of the core schema but not of JSON.
	sign, body := "", s
	if s[0] == '-' || s[0] == '+' {
		sign, body = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	if len(body) > 1 && body[0] == '.' && body[1] >= '0' && body[1] <= '9' {
		body = "0" + body
	}
	mantissa, exponent := body, ""
	if i := strings.IndexAny(body, "eE"); i >= 0 {
		mantissa, exponent = body[:i], body[i:]
	}
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	if fixed := sign + mantissa + exponent; rawjson.IsNumber(fixed) {
		return fixed, true
	}
	return "", false
}
