package workflow

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/expr"
)

// Strings calls f for each string value of a template with its JSON Pointer
// below at. It stops at the first malformed byte.
func Strings(template json.RawMessage, at string, f func(at, text string)) {
	dec := jsontext.NewDecoder(bytes.NewReader(template))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		if token.Kind() == '"' && !isName(dec) {
			f(at+string(dec.StackPointer()), token.String())
		}
	}
}

// expressionRoom is what an item that is an expression takes besides its text, where the
// whole becomes one expression.
const expressionRoom = 48

// joined is how long the one expression may be that a template becomes in a definition: 0
// where it stays JSON, for it holds no expression and no null, or is an expression as it is.
func joined(template json.RawMessage) int {
	dec := jsontext.NewDecoder(bytes.NewReader(template))
	expressions, lone := 0, false
	for {
		token, err := dec.ReadToken()
		if err != nil {
			break
		}
		switch {
		case token.Kind() == 'n':
			expressions++
		case token.Kind() == '"' && !isName(dec) && expr.IsExpression(token.String()):
			expressions++
			lone = dec.StackDepth() == 0
		}
	}
	if expressions == 0 || lone {
		return 0
	}
	return len(template) + expressions*expressionRoom
}

// numbers calls f for each number of a template that the engines cannot hold: they
// keep numbers as float64, like JavaScript.
func numbers(template json.RawMessage, at string, f func(at string)) {
	dec := jsontext.NewDecoder(bytes.NewReader(template))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		if token.Kind() == '0' && !holds(token.String()) {
			f(at + string(dec.StackPointer()))
		}
	}
}

// holds says whether a float64 keeps the number: in range, and exact where whole.
func holds(number string) bool {
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return false
	}
	if strings.ContainsAny(number, ".eE") || math.Abs(v) < 1<<53 {
		return true
	}
	exact, ok := new(big.Int).SetString(number, 10)
	if !ok {
		return false
	}
	kept, _ := big.NewFloat(v).Int(nil)
	return exact.Cmp(kept) == 0
}

// isName says whether the string just read is a member's name.
func isName(dec *jsontext.Decoder) bool {
	kind, n := dec.StackIndex(dec.StackDepth())
	return kind == '{' && n%2 == 1
}

// partial says whether text has an expression inside other text, where it would
// stay text: an expression is always the whole string.
func partial(text string) bool {
	i := strings.Index(text, "{%")
	return i >= 0 && strings.Contains(text[i:], "%}")
}
