package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Error is a syntax error with JSONata's code and the byte it lies at.
type Error struct {
	Code    string
	Pos     int
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func fail(code string, pos int, format string, args ...any) *Error {
	return &Error{Code: code, Pos: pos, Message: fmt.Sprintf(format, args...)}
}

type class int

const (
	classEnd class = iota
	classOperator
	className
	classQuotedName
	classVariable
	classString
	classNumber
	classLiteral
	classRegex
)

// token is one lexeme and the bytes it spans.
type token struct {
	class      class
	text       string // operator, name or value
	start, end int
}

type lexer struct {
	src string
	pos int
}

// doubles are the operators of two characters; longest match wins.
var doubles = []string{"..", ":=", "!=", ">=", "<=", "**", "~>"}

const singles = ".[]{}(),@#;:?+-*/%|=<>^&!~"

// next reads a token. Where an operand is expected (prefix), a slash opens a regex.
func (l *lexer) next(prefix bool) (token, *Error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start >= len(l.src) {
		return token{class: classEnd, start: start, end: start}, nil
	}
	rest := l.src[start:]
	c := rest[0]
	if c == '/' && prefix {
		return l.regex()
	}
	for _, op := range doubles {
		if strings.HasPrefix(rest, op) {
			l.pos += 2
			return token{classOperator, op, start, l.pos}, nil
		}
	}
	switch {
	case strings.IndexByte(singles, c) >= 0:
		l.pos++
		return token{classOperator, rest[:1], start, l.pos}, nil
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c >= '0' && c <= '9':
		return l.number()
	case c == '`':
		end := strings.IndexByte(rest[1:], '`')
		if end < 0 {
			return token{}, fail("S0105", start, "Quoted property name must be terminated with a backquote (`)")
		}
		l.pos += end + 2
		return token{classQuotedName, rest[1 : end+1], start, l.pos}, nil
	}
	return l.word()
}

// skip passes over blanks and comments.
func (l *lexer) skip() *Error {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case strings.IndexByte(" \t\n\r\v", c) >= 0:
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], "/*"):
			end := strings.Index(l.src[l.pos+2:], "*/")
			if end < 0 {
				return fail("S0106", l.pos, "Comment has no closing tag")
			}
			l.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) word() (token, *Error) {
	start := l.pos
	for l.pos < len(l.src) && strings.IndexByte(" \t\n\r\v"+singles, l.src[l.pos]) < 0 {
		l.pos++
	}
	text := l.src[start:l.pos]
	if !utf8.ValidString(text) {
		return token{}, fail("S0204", start, "The expression is not valid UTF-8")
	}
	switch {
	case text[0] == '$':
		return token{classVariable, text[1:], start, l.pos}, nil
	case text == "true" || text == "false" || text == "null":
		return token{classLiteral, text, start, l.pos}, nil
	case text == "and" || text == "or" || text == "in":
		return token{classOperator, text, start, l.pos}, nil
	}
	return token{className, text, start, l.pos}, nil
}

func (l *lexer) number() (token, *Error) {
	start := l.pos
	digits := func() {
		for l.pos < len(l.src) && l.src[l.pos] >= '0' && l.src[l.pos] <= '9' {
			l.pos++
		}
	}
	digit := func(at int) bool { return at < len(l.src) && l.src[at] >= '0' && l.src[at] <= '9' }
	if l.src[l.pos] == '0' {
		l.pos++
	} else {
		digits()
	}
	if l.pos < len(l.src) && l.src[l.pos] == '.' && digit(l.pos+1) {
		l.pos++
		digits()
	}
	if l.pos < len(l.src) && (l.src[l.pos] == 'e' || l.src[l.pos] == 'E') {
		at := l.pos + 1
		if at < len(l.src) && (l.src[at] == '+' || l.src[at] == '-') {
			at++
		}
		if digit(at) {
			l.pos = at
			digits()
		}
	}
	text := l.src[start:l.pos]
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return token{}, fail("S0102", start, "Number out of range: %s", text)
	}
	return token{classNumber, text, start, l.pos}, nil
}

func (l *lexer) quoted(quote byte) (token, *Error) {
	start := l.pos
	l.pos++
	var out strings.Builder
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if c == quote {
			l.pos++
			return token{classString, out.String(), start, l.pos}, nil
		}
		if c != '\\' {
			out.WriteByte(c)
			l.pos++
			continue
		}
		r, err := l.escape()
		if err != nil {
			return token{}, err
		}
		out.WriteRune(r)
	}
	return token{}, fail("S0101", start, "String literal must be terminated by a matching quote")
}

// escape reads one escape sequence, a surrogate pair of \u counting as one.
func (l *lexer) escape() (rune, *Error) {
	start := l.pos
	l.pos++
	if l.pos >= len(l.src) {
		return 0, fail("S0101", start, "String literal must be terminated by a matching quote")
	}
	c := l.src[l.pos]
	l.pos++
	if at := strings.IndexByte(`"\/bfnrt'`, c); at >= 0 {
		return rune("\"\\/\b\f\n\r\t'"[at]), nil
	}
	if c != 'u' {
		return 0, fail("S0103", start, "Unsupported escape sequence: \\%s", string(rune(c)))
	}
	first, ok := l.hex4()
	if !ok {
		return 0, fail("S0104", start, "The escape sequence \\u must be followed by 4 hex digits")
	}
	if utf16.IsSurrogate(first) && strings.HasPrefix(l.src[l.pos:], `\u`) {
		back := l.pos
		l.pos += 2
		if second, ok := l.hex4(); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, nil
			}
		}
		l.pos = back
	}
	return first, nil
}

func (l *lexer) hex4() (rune, bool) {
	if l.pos+4 > len(l.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(l.src[l.pos:l.pos+4], 16, 32)
	if err != nil {
		return 0, false
	}
	l.pos += 4
	return rune(n), true
}

// regex reads /pattern/flags. A slash inside brackets does not end it.
func (l *lexer) regex() (token, *Error) {
	start := l.pos
	depth := 0
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.pos++
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == '/' && depth == 0:
			if l.pos == start+1 {
				return token{}, fail("S0301", start, "Empty regular expressions are not allowed")
			}
			pattern := l.src[start+1 : l.pos]
			for l.pos++; l.pos < len(l.src) && (l.src[l.pos] == 'i' || l.src[l.pos] == 'm'); l.pos++ {
				continue
			}
			return token{classRegex, pattern, start, l.pos}, nil
		}
	}
	return token{}, fail("S0302", start, "No terminating / in regular expression")
}
