package boot

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// secretWords mark attribute names whose values are never logged.
func secretWords() []string {
	return []string{"password", "secret", "token", "authorization", "cookie", "apikey", "api_key", "credential"}
}

// Logger writes JSON lines. Attributes whose names speak of secrets are masked,
// whatever their type; secret.Secret masks itself everywhere.
func Logger(w io.Writer, levelName string) (*slog.Logger, error) {
	l, err := level(levelName)
	if err != nil {
		return nil, err
	}
	words := secretWords()
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		name := strings.ToLower(a.Key)
		for _, word := range words {
			if strings.Contains(name, word) {
				return slog.String(a.Key, "[secret]")
			}
		}
		return a
	}})), nil
}

func level(name string) (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return l, fmt.Errorf("APIQ_LOG_LEVEL must be debug, info, warn or error, not %q", name)
	}
	return l, nil
}
