package plan

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// named is where a message may name a field; what the name is decides whether it does.
var named = regexp.MustCompile(`(?m)(?:^|[,;\n])\s*([A-Za-z_][A-Za-z0-9_ -]{0,60}?)\s*(?::|=| is )\s*`)

// pairs finds the values that a message gives to fields by name. A value ends where the
// next field begins, or at the line's end unless it is quoted or JSON.
func pairs(message string, fields map[string]map[string]json.RawMessage) map[string]string {
	known := map[string]string{}
	for name := range fields {
		known[plain(name)] = name
	}
	var marks []mark
	for at := 0; at < len(message); {
		m := named.FindStringSubmatchIndex(message[at:])
		if m == nil {
			break
		}
		if name, ok := known[plain(message[at+m[2]:at+m[3]])]; ok && !within(message, marks, at+m[0]) {
			marks = append(marks, mark{name, at + m[0], at + m[1]})
		}
		at += max(m[3], 1)
	}
	out := map[string]string{}
	for i, m := range marks {
		end := len(message)
		if i+1 < len(marks) {
			end = marks[i+1].from
		}
		value := strings.TrimSpace(message[m.at:end])
		if first, _ := utf8.DecodeRuneInString(value); !strings.ContainsRune("\"{[“", first) {
			value, _, _ = strings.Cut(value, "\n")
		}
		if value = unquote(strings.TrimRight(value, ",; \n")); value != "" {
			out[m.name] = value
		}
	}
	return out
}

// mark is a field that a message names: where its name begins, and its value.
type mark struct {
	name     string
	from, at int
}

// within says whether a place lies in the JSON or the quoted text of the last mark; a text
// may have lines, which JSON's may not.
func within(message string, marks []mark, at int) bool {
	if len(marks) == 0 {
		return false
	}
	text := message[marks[len(marks)-1].at:at]
	if strings.HasPrefix(text, "“") {
		return !strings.Contains(text, "”")
	}
	var raw json.RawMessage
	return strings.ContainsAny(text[:min(1, len(text))], "\"{[") && json.NewDecoder(strings.NewReader(strings.ReplaceAll(text, "\n", " "))).Decode(&raw) != nil
}

// typed reads an answer as the input's schema has it; why says in a sentence what is
// needed where it does not fit.
func typed(schema map[string]json.RawMessage, text string) (value json.RawMessage, why string) {
	if text == "" {
		return nil, "There is no value."
	}
	var enum []json.RawMessage
	_ = json.Unmarshal(schema["enum"], &enum) // none
	if len(enum) > 0 {
		for _, e := range enum {
			if plain(plainText(e)) == plain(text) {
				return e, ""
			}
		}
		return nil, "“" + text + "” is none of " + members(enum) + "."
	}
	types := typesOf(schema)
	for _, t := range types {
		if value, ok := as(t, schema, text); ok {
			return value, ""
		}
	}
	if len(types) > 0 && !slices.Contains(types, "string") {
		return nil, "“" + text + "” is not " + article(types[0]) + "."
	}
	raw, err := json.Marshal(text)
	if err != nil {
		return nil, "“" + text + "” is no text."
	}
	return raw, ""
}

func typesOf(schema map[string]json.RawMessage) []string {
	var one string
	if json.Unmarshal(schema["type"], &one) == nil && one != "" {
		return []string{one}
	}
	var several []string
	_ = json.Unmarshal(schema["type"], &several) // none: a string will do
	return several
}

// as reads a text as a type, text apart.
func as(t string, schema map[string]json.RawMessage, text string) (json.RawMessage, bool) {
	switch t {
	case "integer":
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return json.RawMessage(n.String()), true
		}
	case "number":
		if json.Valid([]byte(text)) && strings.ContainsAny(text[:1], "-0123456789") {
			return json.RawMessage(text), true
		}
	case "boolean":
		switch strings.ToLower(text) {
		case "yes", "true":
			return json.RawMessage("true"), true
		case "no", "false":
			return json.RawMessage("false"), true
		}
	case "object":
		return json.RawMessage(text), json.Valid([]byte(text)) && text[0] == '{'
	case "array":
		return elements(schema["items"], text)
	}
	return nil, false
}

// elements reads a JSON array, or values with commas between them.
func elements(items json.RawMessage, text string) (json.RawMessage, bool) {
	if text[0] == '[' {
		return json.RawMessage(text), json.Valid([]byte(text))
	}
	var schema map[string]json.RawMessage
	_ = json.Unmarshal(items, &schema) // none: text
	var out []json.RawMessage
	for _, part := range strings.Split(text, ",") {
		value, why := typed(schema, unquote(part))
		if why != "" {
			return nil, false
		}
		out = append(out, value)
	}
	raw, err := json.Marshal(out)
	return raw, err == nil
}

func article(t string) string {
	switch t {
	case "integer":
		return "a whole number"
	case "boolean":
		return "yes or no"
	case "object":
		return "a JSON object"
	case "array":
		return "a list: values with commas between them, or a JSON array"
	}
	return "a " + t
}

func members(enum []json.RawMessage) string {
	var names []string
	for i, e := range enum {
		if i == 12 {
			names = append(names, "others")
			break
		}
		names = append(names, plainText(e))
	}
	return list(names)
}

// plainText is a JSON value as a person writes it.
func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// unquote takes off a pair of quotes, else what ends a sentence.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	for _, q := range []string{"\"\"", "''", "“”", "‘’"} {
		open, end := string([]rune(q)[:1]), string([]rune(q)[1:])
		if inner, ok := strings.CutPrefix(s, open); ok && len(s) > len(open)+len(end) {
			if inner, ok = strings.CutSuffix(inner, end); ok {
				return inner
			}
		}
	}
	return strings.TrimSpace(strings.TrimRight(s, ".!"))
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
