package grant

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/connection"
)

// whose asks whose grant it is, where the connection says how: by an endpoint for it,
// or a harmless call that tells. Not to know is no failure.
func (s *Service) whose(ctx context.Context, config connection.OAuthConfig, access string) string {
	if config.AccountURL == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, config.AccountURL, nil)
	if err != nil {
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+access)
	status, header, body, f := s.send(req)
	if f != nil || status != http.StatusOK {
		s.o.Log.InfoContext(ctx, "whose grant it is was not told", "status", status, "cause", f)
		return ""
	}
	doc, ok := decodeAnswer(header.Get("Content-Type"), body)
	if !ok {
		return ""
	}
	return nameOf(doc, config.AccountPointer)
}
