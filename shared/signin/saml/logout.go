package saml

import (
	"cmp"
	"compress/flate"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
)

const (
	// maxIndexes bounds the sessions that one request names.
	maxIndexes = 50
	// noticeLife is for how long a request is remembered: the library takes none that is
	// older than 90 s, with 3 minutes of difference either way.
	noticeLife = 10 * time.Minute
)

// sloLocation is where the provider takes requests of sign-outs from a browser, "" where
// it takes none.
func sloLocation(sp *crewjam.ServiceProvider) string {
	at := sp.GetSLOBindingLocation(crewjam.HTTPRedirectBinding)
	if u, err := url.Parse(at); err != nil || u.Host == "" || u.Scheme != "https" && !loopback(u) {
		return ""
	}
	return at
}

// Leave is where a browser goes to whose session here is over, so that the provider ends
// its own (SAML 2.0 profiles, 4.4): its ticket is good once, within a minute.
func (s *Service) Leave(ctx context.Context, workspace, ticket string) (string, error) {
	ctx, _, idp, err := s.enabled(ctx, workspace)
	if err != nil {
		return "", err
	}
	rec, err := take[signin.Farewell](ctx, s, signin.FarewellKey(ticket), ticket)
	if err != nil {
		return "", err
	}
	sp, err := s.provider(ctx, workspace, idp)
	if err != nil {
		return "", err
	}
	at := sloLocation(sp)
	if at == "" || !rec.ExpiresAt.After(s.now()) {
		return "", signin.Expired // or it takes none any more
	}
	var named []crewjam.LogoutRequestOption
	if rec.SessionIndex != "" {
		named = append(named, crewjam.WithSessionIndex(rec.SessionIndex))
	}
	request, err := sp.MakeLogoutRequest(at, rec.NameID.Value, named...)
	if err != nil {
		return "", err
	}
	// As the provider wrote it: it must find the person by it (SAML 2.0 core, 3.7.1).
	request.NameID.Format, request.NameID.NameQualifier, request.NameID.SPNameQualifier = rec.NameID.Format, rec.NameID.NameQualifier, rec.NameID.SPNameQualifier
	to, err := sp.RedirectLogoutRequestURL(request, "")
	if err != nil {
		return "", err
	}
	return to.String(), nil
}

// Ended takes what a provider says of a sign-out, by way of a browser: its wish to end
// sessions, which is answered, or its answer to ours. It gives where the browser goes
// then. A wish must be signed by the provider, for this address, of now, and come once;
// only what the signature covers is read. Nothing depends on an answer: the session it
// is about was over before.
func (s *Service) Ended(ctx context.Context, workspace string, r *http.Request) (string, error) {
	ctx, _, idp, err := s.enabled(ctx, workspace)
	if err != nil {
		return "", err
	}
	form := message(r)
	if form.Get("SAMLRequest") == "" && form.Get("SAMLResponse") != "" {
		return signin.SignedOutPage(workspace), nil
	}
	sp, err := s.provider(ctx, workspace, idp)
	if err != nil {
		return "", err
	}
	request, err := wish(sp, r)
	if err != nil {
		return "", refused(err)
	}
	n := identity.Notice{ID: request.ID, Until: s.now().Add(noticeLife), Provider: ProviderID, Workspace: workspace, Issuer: idp.EntityID, Subject: request.NameID.Value}
	for _, index := range request.AllSessionIndexes() {
		n.SessionIDs = append(n.SessionIDs, index.Value)
	}
	switch _, err := s.people.EndedOutside(ctx, n); {
	case errors.Is(err, identity.ErrNoticeUsed):
		return "", refused(err)
	case err != nil:
		return "", err
	}
	return s.done(sp, workspace, request.ID, form.Get("RelayState"))
}

// message are the fields of a message: those of the form, or else of the address.
func message(r *http.Request) url.Values {
	if r.Method == http.MethodPost {
		return r.PostForm
	}
	return r.URL.Query()
}

// wish checks a request to end sessions: its size and form before anything is parsed, then
// by the library its signature, issuer, destination and times.
func wish(sp *crewjam.ServiceProvider, r *http.Request) (*crewjam.LogoutRequest, error) {
	posted := r.Method == http.MethodPost
	if err := plainMessage(message(r).Get("SAMLRequest"), !posted); err != nil {
		return nil, err
	}
	if posted { // what the address says besides is not part of the message
		r = r.Clone(r.Context())
		r.URL.RawQuery = ""
	}
	request, err := sp.ValidateLogoutRequest(r)
	var invalid *crewjam.InvalidResponseError
	switch {
	case errors.As(err, &invalid):
		return nil, invalid.PrivateErr
	case err != nil:
		return nil, err
	case request.NameID == nil || request.NameID.Value == "":
		return nil, errors.New("saml: the request names nobody")
	case len(request.AllSessionIndexes()) > maxIndexes:
		return nil, errors.New("saml: the request names too many sessions")
	case transient(request.NameID.Format) && len(request.AllSessionIndexes()) == 0:
		return nil, errors.New("saml: the request names a person of one sign-in, and not which")
	}
	return request, nil
}

// done answers the provider that the sessions have ended; where it takes no answer by
// way of the address, the browser stays.
func (s *Service) done(sp *crewjam.ServiceProvider, workspace, requestID, state string) (string, error) {
	if sloLocation(sp) == "" {
		return signin.SignedOutPage(workspace), nil
	}
	for i := range sp.IDPMetadata.IDPSSODescriptors {
		for j, at := range sp.IDPMetadata.IDPSSODescriptors[i].SingleLogoutServices {
			// Answers may go elsewhere than requests (SAML 2.0 metadata, 2.2.2).
			sp.IDPMetadata.IDPSSODescriptors[i].SingleLogoutServices[j].Location = cmp.Or(at.ResponseLocation, at.Location)
		}
	}
	if sloLocation(sp) == "" {
		return signin.SignedOutPage(workspace), nil
	}
	to, err := sp.MakeRedirectLogoutResponse(requestID, state)
	if err != nil {
		return "", refused(err)
	}
	return to.String(), nil
}

// plainMessage looks at a message's size and form before it is parsed; those that come
// in an address are deflated.
func plainMessage(text string, deflated bool) error {
	if len(text) > base64.StdEncoding.EncodedLen(maxResponse) {
		return errors.New("saml: the message is too large")
	}
	var from io.Reader = base64.NewDecoder(base64.StdEncoding, strings.NewReader(text))
	if deflated {
		from = flate.NewReader(from)
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxResponse+1))
	switch {
	case err != nil:
		return err
	case len(raw) > maxResponse:
		return errors.New("saml: the message is too large")
	}
	return plainXML(raw, false)
}
