package connection

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
)

// attempts against changes that come in between.
const attempts = 4

// Update changes a connection. ifVersion is the version that the caller saw, 0
// for any. Where the base URL goes to another origin the credential must be given
// again: it is bound to where it was meant for. Errors: NOT_FOUND, VERSION_STALE,
// CONFLICT while importing, those of Create.
func (s *Service) Update(ctx context.Context, conID string, ifVersion int64, in UpdateInput) (Connection, error) {
	for range attempts {
		c, err := s.open(ctx, conID, access.Edit)
		if err != nil {
			return Connection{}, err
		}
		if ifVersion != 0 && ifVersion != c.Version {
			return Connection{}, stale(c.Version)
		}
		out, err := s.update(ctx, c, in)
		if !errors.Is(err, table.ErrCondition) {
			return out, err
		}
	}
	return Connection{}, apierr.New(apierr.Conflict, "The connection is being changed by others at this moment. Try again.")
}

func stale(version int64) error {
	return apierr.Newf(apierr.VersionStale, "The connection has changed since: it is at version %d now. Read it again first.", version).
		With(apierr.Problem{Path: "header.If-Match", Code: "stale", Message: "Not the current version."})
}

func (s *Service) update(ctx context.Context, old stored, in UpdateInput) (Connection, error) {
	if old.Status == StatusImporting {
		return Connection{}, apierr.New(apierr.Conflict, "The document of this connection is still being imported.")
	}
	cred, specURL, err := s.unseal(ctx, old.ID)
	if apierr.CodeOf(err) == apierr.CredentialsInvalid && in.AuthConfig != nil {
		err = nil // it is being given again
	}
	if err != nil {
		return Connection{}, err
	}
	if specURL == "" && !old.SealedURL {
		specURL = old.SpecURL
	}
	c := old
	c.Variables = maps.Clone(old.Variables)
	var before *opened
	if cred != nil {
		kept := *cred
		before = &kept
	}
	d := draft{in: in, old: &old, c: &c, cred: cred, specURL: specURL, now: s.o.Now()}
	if err := d.apply().err(); err != nil {
		return Connection{}, err
	}
	if err := s.reimport(ctx, &d); err != nil {
		return Connection{}, err
	}
	if in.ClientCertificate == nil && before != nil && before.Certificate != nil && before.strays(c.Origins, d.aimed) {
		const message = "The base URL goes to another address than the stored client certificate was given for: give the certificate again, or take it away."
		return Connection{}, apierr.New(apierr.ValidationFailed, message).
			With(apierr.Problem{Path: "/clientCertificate", Code: "required", Message: message})
	}
	if in.AuthConfig == nil && c.AuthType != AuthNone && before.strays(c.Origins, d.aimed) {
		const message = "The base URL goes to another address than the stored credential was given for: give the credential again."
		return Connection{}, apierr.New(apierr.ValidationFailed, message).
			With(apierr.Problem{Path: "/authConfig", Code: "required", Message: message})
	}
	c.UpdatedAt = s.o.Now().UTC()
	var more []table.Op
	if d.given && !outlives(old, c) { // what was obtained by the credential before goes with it
		more = append(more, table.Delete(GrantKey(c.ID), table.Always()))
	}
	if err := s.store(ctx, &c, d.cred, d.specURL, table.IfVersion(old.Version), s.entry(ActionUpdate, &c, "Changed "+c.Name), more...); err != nil {
		return Connection{}, err
	}
	return s.view(ctx, c)
}

// outlives says whether a grant is still good after another credential was given: it is
// of a client at a provider, for some origins, and a new secret of the same client changes
// nothing of it. Scopes that a person has not consented to are asked for when they do;
// a machine's token is obtained anew for them.
func outlives(old, now stored) bool {
	return old.AuthType == AuthOAuth && now.AuthType == AuthOAuth && old.Auth.OAuth != nil && reflect.DeepEqual(old.Auth.OAuth, now.Auth.OAuth) &&
		slices.Equal(old.Origins, now.Origins) && (now.Auth.OAuth.Grant.Personal() || slices.Equal(old.Auth.Requested, now.Auth.Requested))
}

// strays says whether a stored credential would go elsewhere than it was meant
// for. One that no import has bound yet must not be aimed anew at all.
func (o *opened) strays(origins []string, aimed bool) bool {
	switch {
	case o == nil:
		return false
	case len(o.Origins) == 0:
		return aimed
	}
	return !slices.Equal(o.Origins, origins)
}

// draft is a change in the making.
type draft struct {
	in      UpdateInput
	old     *stored
	c       *stored
	cred    *opened
	specURL string // whole
	newSpec bool
	text    Text
	moved   bool // the base URL, or what the key's place follows from, is to be found anew
	given   bool // another credential was given
	now     time.Time
	aimed   bool // the address, or what it follows from, was given anew
}

// apply puts the input into the draft and tells what is wrong with it.
func (d *draft) apply() problems {
	var p problems
	if d.in.Name != nil {
		d.c.Name = strings.TrimSpace(*d.in.Name)
		checkTitle(d.c.Name, &p)
	}
	d.applySpec(&p)
	if d.in.BaseURL != nil {
		d.c.Given, d.moved, d.aimed = *d.in.BaseURL, true, true
	}
	if d.in.Variables != nil {
		d.c.Variables, d.moved, d.aimed = *d.in.Variables, true, true
	}
	checkAddress(d.c.Given, d.c.Variables, &p)
	if d.in.Settings != nil {
		d.c.Settings = *d.in.Settings
		d.c.Settings.check(&p)
	}
	d.applyAuth(&p)
	return p
}

func (d *draft) applySpec(p *problems) {
	url, text := d.in.SpecURL, d.in.SpecDocument
	switch {
	case url != nil && *url != "" && text != nil && *text != "":
		p.add("/specDocument", "exclusive", "Give specUrl or specDocument, not both.")
	case text != nil && *text != "":
		d.text, d.specURL, d.newSpec, d.moved = *text, "", true, true
	case url != nil && *url == d.c.SpecURL: // as it is shown, masked perhaps: no change
	case url != nil && *url == "":
		p.add("/specUrl", "required", "A connection needs a document: give its address, or the document as specDocument.")
	case url != nil:
		canonical := checkSpecURL(*url, p)
		if canonical != d.specURL {
			d.specURL, d.newSpec, d.moved = canonical, true, true
		}
	}
	d.c.setURL(d.specURL)
	d.aimed = d.newSpec
}

func (d *draft) applyAuth(p *problems) {
	if d.in.AuthType != nil {
		d.c.AuthType = *d.in.AuthType
	}
	if !checkType(d.c.AuthType, p) {
		return
	}
	cert := d.certificate()
	if given := d.in.ClientCertificate; given != nil {
		d.c.Certificate, cert = given.check(d.now, p), given.seal()
		d.moved = true
	}
	defer func() {
		d.cred = d.cred.withCertificate(d.c.AuthType, cert)
		if cert == nil {
			d.c.Certificate = nil
		}
	}()
	config := d.in.AuthConfig
	if config == nil {
		if d.c.AuthType == d.old.AuthType {
			return
		}
		config = &AuthConfig{} // another type needs its own fields; NONE needs none
	}
	config.check(d.c.AuthType, p)
	d.c.Auth, d.cred = config.view(d.c.AuthType), config.open(d.c.AuthType)
	d.moved, d.given = true, true
	config.expiry(&d.c.Settings, p)
}

// certificate is the stored one; nil for none.
func (d *draft) certificate() *sealedCertificate {
	if d.cred == nil {
		return nil
	}
	return d.cred.Certificate
}

// reimport reads the document again, a new one or the one that is there, where
// what the connection takes from it may have changed.
func (s *Service) reimport(ctx context.Context, d *draft) error {
	switch {
	case d.newSpec:
		res, err := s.obtain(ctx, d.specURL, d.text, false)
		if err != nil {
			return err
		}
		return s.fill(d.c, res, d.specURL, true)
	case d.moved && d.c.SpecHash != "" && d.old.Status == StatusActive:
		doc, err := s.library.Open(ctx, d.c.SpecHash)
		if err != nil {
			return err
		}
		kept := library.Result{Hash: d.c.SpecHash, Document: doc, FetchedAt: d.c.LastUpdated, Stale: d.c.SpecStale}
		return s.fill(d.c, kept, d.specURL, true)
	}
	return nil
}
