package saml

import (
	"errors"
	"net/http"

	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/web/outside"
)

// LogoutIn is the input of saml-logout.
type LogoutIn struct {
	Workspace string `path:"workspace"`
	Ticket    string `query:"ticket"`
}

// MessageIn is the input of saml-slo: the provider's message is in the query.
type MessageIn struct {
	web.AnyQuery
	Workspace string `path:"workspace"`
}

// logout sends a browser on whose session is over already: what goes wrong on the way
// leaves it where it would come back to.
func (h handlers) logout(w http.ResponseWriter, r *http.Request, in *LogoutIn) error {
	to, err := h.service.Leave(r.Context(), in.Workspace, in.Ticket)
	var failure signin.Failure
	switch {
	case errors.As(err, &failure):
		to = signin.SignedOutPage("")
	case err != nil:
		return err
	}
	return outside.Send(w, to)
}

func (h handlers) posted(w http.ResponseWriter, r *http.Request, in *MessageIn) error {
	if err := web.ReadForm(w, r, "saml-slo-post"); err != nil {
		return err
	}
	return h.ended(w, r, in.Workspace)
}

// ended takes what a provider says of a sign-out.
func (h handlers) ended(w http.ResponseWriter, r *http.Request, workspace string) error {
	to, err := h.service.Ended(r.Context(), workspace, r)
	if err != nil {
		return outside.Refuse(w, err, workspace)
	}
	return outside.Send(w, to)
}
