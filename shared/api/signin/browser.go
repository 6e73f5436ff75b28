package signin

import (
	"net/http"

	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web/outside"
)

func (h handlers) start(w http.ResponseWriter, r *http.Request, in *StartIn) error {
	d, err := h.service.Start(r.Context(), in.Workspace, in.Provider, in.ReturnTo, h.cookies.Browser(r))
	if err != nil {
		return outside.Refuse(w, err, in.Workspace)
	}
	return h.cookies.Leave(w, d)
}

func (h handlers) callback(w http.ResponseWriter, r *http.Request, in *CallbackIn) error {
	a, err := h.service.Finish(r.Context(), in.Provider, signin.Return{State: in.State, Code: in.Code, Error: in.Error, Issuer: in.Issuer, Browser: h.cookies.Browser(r)})
	switch {
	case a.Linking:
		return outside.Linked(w, in.Provider, err)
	case err != nil:
		return outside.Refuse(w, err, a.Workspace)
	}
	return h.cookies.Arrive(w, a)
}
