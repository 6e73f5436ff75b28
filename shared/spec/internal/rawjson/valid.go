package rawjson

import (
	"errors"
	"fmt"
)

// ErrTooDeep reports nesting beyond the caller's limit.
var ErrTooDeep = errors.New("rawjson: nested too deep")

// SyntaxError says where a text stops being JSON (RFC 8259).
type SyntaxError struct {
	// Offset is in bytes from 0; Line and Column count from 1, columns in bytes.
	Offset, Line, Column int
	Reason               string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// Valid reports whether b is exactly one JSON value nested at most maxDepth
// deep: nil, ErrTooDeep, or a *SyntaxError. It keeps its own stack, so depth
// costs one byte a level, and it allocates nothing else.
func Valid(b []byte, maxDepth int) error {
	v := validator{b: b, max: maxDepth, stack: make([]byte, 0, 64)}
	if err := v.run(); err != nil {
		return err
	}
	if i := space(b, v.i); i < len(b) {
		return v.fail(i, "text after the end of the document")
	}
	return nil
}

type validator struct {
	b     []byte
	i     int
	max   int
	stack []byte // '{' or '['
}

func (v *validator) fail(at int, reason string) error {
	line, col := Position(v.b, at)
	return &SyntaxError{Offset: at, Line: line, Column: col, Reason: reason}
}

// run reads one value, with everything inside it.
func (v *validator) run() error {
	for {
		opened, err := v.value()
		if err != nil {
			return err
		}
		if opened {
			continue
		}
		// A value has ended: go on in its container, closing all that end here.
		for {
			if len(v.stack) == 0 {
				return nil
			}
			more, err := v.after()
			if err != nil {
				return err
			}
			if more {
				break
			}
		}
	}
}

// value reads a scalar, or opens a container and stops before its first value
// (opened); an empty container counts as a scalar.
func (v *validator) value() (opened bool, err error) {
	v.i = space(v.b, v.i)
	if v.i >= len(v.b) {
		return false, v.fail(v.i, "the text ends where a value should be")
	}
	switch c := v.b[v.i]; {
	case c == '"':
		return false, v.str()
	case c == '{' || c == '[':
		return v.open(c)
	case c == '-' || (c >= '0' && c <= '9'):
		end := number(v.b, v.i)
		if end < 0 {
			return false, v.fail(v.i, "not a number")
		}
		v.i = end
		return false, nil
	default:
		for _, word := range [...]string{"true", "false", "null"} {
			if end := v.i + len(word); end <= len(v.b) && string(v.b[v.i:end]) == word {
				v.i = end
				return false, nil
			}
		}
		return false, v.fail(v.i, fmt.Sprintf("unexpected %q", rune(c)))
	}
}

func (v *validator) open(c byte) (bool, error) {
	if len(v.stack) >= v.max {
		return false, ErrTooDeep
	}
	v.i = space(v.b, v.i+1)
	if v.i < len(v.b) && v.b[v.i] == c+2 { // '{'+2 is '}', '['+2 is ']'
		v.i++
		return false, nil
	}
	v.stack = append(v.stack, c)
	if c == '{' {
		return true, v.key()
	}
	return true, nil
}

// after reads what follows a value inside the innermost container: a comma
// (more), or the end, which pops it.
func (v *validator) after() (more bool, err error) {
	open := v.stack[len(v.stack)-1]
	v.i = space(v.b, v.i)
	if v.i >= len(v.b) {
		return false, v.fail(v.i, "the text ends inside an object or array")
	}
	switch v.b[v.i] {
	case ',':
		v.i++
		if open == '{' {
			v.i = space(v.b, v.i)
			return true, v.key()
		}
		return true, nil
	case open + 2:
		v.i++
		v.stack = v.stack[:len(v.stack)-1]
		return false, nil
	}
	return false, v.fail(v.i, fmt.Sprintf("expected a comma or %q", rune(open+2)))
}

func (v *validator) key() error {
	if v.i >= len(v.b) || v.b[v.i] != '"' {
		return v.fail(v.i, "expected a key in double quotes")
	}
	if err := v.str(); err != nil {
		return err
	}
	v.i = space(v.b, v.i)
	if v.i >= len(v.b) || v.b[v.i] != ':' {
		return v.fail(v.i, "expected a colon after the key")
	}
	v.i++
	return nil
}

func (v *validator) str() error {
	i, b := v.i+1, v.b
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			v.i = i + 1
			return nil
		case c == '\\':
			n := escape(b[i:])
			if n == 0 {
				return v.fail(i, "not a valid escape in a string")
			}
			i += n
		case c < 0x20:
			return v.fail(i, "a control character stands unescaped in a string")
		default:
			i++
		}
	}
	return v.fail(v.i, "the string does not end")
}

// escape is the length of the escape sequence at the start of b, 0 for none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if !isHex(c) {
				return 0
			}
		}
		return 6
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// number is the end of the number that starts at i, -1 when there is none.
func number(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b):
		return -1
	case b[i] == '0':
		i++
	case b[i] >= '1' && b[i] <= '9':
		i = digits(b, i)
	default:
		return -1
	}
	if i < len(b) && b[i] == '.' {
		end := digits(b, i+1)
		if end == i+1 {
			return -1
		}
		i = end
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digits(b, i)
		if end == i {
			return -1
		}
		i = end
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// IsNumber reports whether s is a JSON number and nothing else.
func IsNumber(s string) bool { return s != "" && number([]byte(s), 0) == len(s) }

// Position turns a byte offset into a line and column, both from 1.
func Position(b []byte, offset int) (line, column int) {
	offset = min(offset, len(b))
	line, column = 1, 1
	for _, c := range b[:offset] {
		if c == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return line, column
}
