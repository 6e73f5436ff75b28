package connection

import (
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
)

// problems gathers every fault of an input, so that all are told at once.
type problems []apierr.Problem

func (p *problems) add(path, code, format string, args ...any) {
	*p = append(*p, apierr.Problem{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// err is VALIDATION_FAILED with the problems, nil without any.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return apierr.New(apierr.ValidationFailed, p[0].Message).With(p...)
}

// at is a JSON Pointer (RFC 6901) made of tokens.
func at(tokens ...string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(t))
	}
	return b.String()
}

// brief shortens what a person sent, for a message.
func brief(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
