package connection

import "github.com/apiq/apiq/shared/spec"

// Idle waits for the imports under way to end by themselves.
func (s *Service) Idle() { s.busy.Wait() }

// ResolveBase is resolveBase as tests see it: the URL, or why there is none.
func (s *Service) ResolveBase(given, specURL string, vars map[string]string, servers []spec.Server) (string, bool, error) {
	b, p, err := s.resolveBase(given, specURL, vars, servers)
	if err == nil {
		err = p.err()
	}
	if err != nil {
		return "", false, err
	}
	return b.url.String(), b.named, nil
}
