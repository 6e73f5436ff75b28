package web

import (
	"errors"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// ReadForm reads the form that a raw endpoint is posted, within the bound of its route:
// others' protocols send forms, ours does not.
func ReadForm(w http.ResponseWriter, r *http.Request, routeID string) error {
	row, _ := route.ByID(routeID)
	r.Body = http.MaxBytesReader(w, r.Body, row.Body)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return bodyTooLarge(row.Body)
	case err != nil:
		return apierr.Wrap(apierr.ValidationFailed, "The body must be the form that an identity provider posts.", err)
	}
	return nil
}
