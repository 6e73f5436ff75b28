package boot

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/secret"
)

// secretWords mark attribute names whose values are never logged.
func secretWords() []string {
	return []string{"password", "secret", "token", "authorization", "cookie", "apikey", "api_key", "credential"}
}

// Logger is the log of a process, in JSON lines. Attributes whose names, or whose group's, speak of
// secrets are masked, whatever their type; secret.Secret masks itself everywhere.
// The standard library's own log is switched off with it: net/http writes there what
// a server sends unasked, word for word.
func Logger(w io.Writer, levelName string) (*slog.Logger, error) {
	l, err := level(levelName)
	if err != nil {
		return nil, fmt.Errorf("APIQ_LOG_LEVEL must be debug, info, warn or error: %w", err)
	}
	log.SetOutput(io.Discard)
	words := secretWords()
	secretive := func(name string) bool {
		name = strings.ToLower(name)
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if secretive(a.Key) || slices.ContainsFunc(groups, secretive) {
			return slog.String(a.Key, secret.Redacted)
		}
		return a
	}})), nil
}

// level takes the four names and nothing else ("INFO+3", though slog would).
func level(name string) (slog.Level, error) {
	var l slog.Level
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, strings.ToLower(name)) {
		return l, errors.New("unknown level")
	}
	return l, l.UnmarshalText([]byte(name))
}
