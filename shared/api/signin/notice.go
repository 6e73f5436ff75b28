package signin

import (
	"errors"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/web"
)

// ended takes a logout token, as OpenID providers post it. What does not stand is 400,
// and why is for the log only: it would help whoever tries.
func (h handlers) ended(w http.ResponseWriter, r *http.Request, in *NoticeIn) error {
	if err := web.ReadForm(w, r, "auth-backchannel-logout"); err != nil {
		return err
	}
	err := h.service.Ended(r.Context(), in.Workspace, in.Provider, r.PostForm.Get("logout_token"))
	var failure signin.Failure
	switch {
	case err == nil:
		return web.WriteData(w, http.StatusOK, web.None{})
	case errors.Is(err, signin.Unreachable):
		return apierr.Wrap(apierr.Unavailable, "The provider's keys cannot be read now. Send the token again later.", err)
	case errors.As(err, &failure):
		const message = "This is no logout token of a provider that is set up here, or it was used before."
		return apierr.Wrap(apierr.ValidationFailed, message, err).With(apierr.Problem{Path: "/logout_token", Code: "invalid", Message: message})
	}
	return err
}
