package spec

import (
	"encoding/json"
	"errors"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// assertFormats lets formats be checked that mean one thing to everybody, a
// little more loosely than their RFCs where APIs are known to be; the others say
// what is meant but not how it is written, and take anything.
func assertFormats(c *jsonschema.Compiler) {
	c.AssertFormat()
	for name, check := range map[string]func(string) bool{
		"date-time": isDateTime, "date": isDate, "email": isEmail,
	} {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok && !check(s) {
				return jsonschema.LocalizableError("not a " + name)
			}
			return nil
		}})
	}
	c.RegisterFormat(&jsonschema.Format{Name: "int32", Validate: within(32)})
	c.RegisterFormat(&jsonschema.Format{Name: "int64", Validate: within(64)})
	// uuid, ipv4, ipv6 and json-pointer are the library's own.
	for _, name := range []string{"time", "duration", "period", "hostname", "uri", "iri", "uri-reference", "iri-reference",
		"uri-template", "semver", "relative-json-pointer"} {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
	}
}

// isDateTime takes RFC 3339, and ISO 8601's zone without a colon or none at all.
func isDateTime(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, strings.Replace(strings.ToUpper(s), " ", "T", 1)); err == nil {
			return true
		}
	}
	return false
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == ""
}

// within checks whole numbers; what is no number, or none that is whole, is the
// type's business.
func within(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if _, err := strconv.ParseInt(n.String(), 10, bits); errors.Is(err, strconv.ErrRange) {
			return jsonschema.LocalizableError("out of range")
		}
		return nil
	}
}
