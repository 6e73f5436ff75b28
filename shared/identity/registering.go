package identity

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Who may make an account by themself.
const (
	RegistrationOpen   = "open"   // anybody
	RegistrationInvite = "invite" // who was invited
	RegistrationClosed = "closed" // nobody
)

var registrations = []string{RegistrationOpen, RegistrationInvite, RegistrationClosed}

// Registration is who may make an account now. The first one may always be made: it
// is whoever sets the product up.
func (s *Service) Registration(ctx context.Context) (string, error) {
	if s.registering == RegistrationOpen {
		return RegistrationOpen, nil
	}
	page, err := s.store.Query(tenant.WithSystem(ctx), table.Query{Index: table.Index1, PK: pkWorkspaces, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(page.Items) == 0 && page.Next == "" {
		return RegistrationOpen, nil
	}
	return s.registering, nil
}

func (s *Service) mayRegister(ctx context.Context, invited bool) error {
	switch mode, err := s.Registration(ctx); {
	case err != nil:
		return err
	case mode == RegistrationClosed:
		return apierr.New(apierr.Forbidden, "No accounts are made here. Ask whoever runs this service.")
	case mode == RegistrationInvite && !invited:
		return apierr.New(apierr.Forbidden, "An account is made by invitation here. Ask an admin of the workspace for one.")
	}
	return nil
}
