package connection

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
)

const (
	maxWarnings    = 50
	maxWarningText = 300
	maxSchemeBytes = 64 << 10
)

// fill puts what the document says into the connection and makes it ACTIVE. With
// move the base URL is found anew; a refresh leaves it where it is. Errors:
// VALIDATION_FAILED by path, EGRESS_BLOCKED.
func (s *Service) fill(c *stored, res library.Result, specURL string, move bool) error {
	info := res.Document.Info()
	var from base
	if move {
		found, p, err := s.resolveBase(c.Given, specURL, c.Variables, info.Servers)
		if err != nil {
			return placed(err, "/baseUrl")
		}
		if c.AuthType == AuthAPIKey {
			c.Auth.fromScheme(info)
			if c.Auth.Name == "" {
				p.add("/authConfig/name", "required", "The document does not say where the API key goes: give in and name.")
			} else {
				checkName(c.Auth.In, c.Auth.Name, "/authConfig/name", &p)
			}
		}
		if c.AuthType == AuthOAuth && c.Auth.OAuth != nil && len(p) == 0 {
			o := *c.Auth.OAuth
			o.fromFlows(info, found.url)
			s.checkURLs(o, &p)
			c.Auth.OAuth = &o
		}
		if c.Certificate != nil && found.url != nil && found.url.Scheme != "https" {
			p.add("/clientCertificate", "scheme", "A client certificate needs a base URL that begins with https://.")
		}
		if e := c.Auth.Exchange; e != nil {
			s.checkAddress(e.URL, "/authConfig/request/url", &p)
		}
		if err := p.err(); err != nil {
			return err
		}
		from = found
		c.BaseURL, c.Origins = found.url.String(), []string{egress.Origin(found.url)}
	} else if u, err := url.Parse(c.BaseURL); err == nil {
		from = base{url: u, named: named(u, info.Servers, specURL)}
	}
	c.Status, c.StatusDetail, c.Progress = StatusActive, "", nil
	c.SpecStale = res.Stale
	if c.SpecHash != res.Hash || c.LastUpdated.IsZero() {
		c.LastUpdated = res.FetchedAt
	}
	if c.SpecHash != res.Hash || c.Imported == nil {
		c.Imported = res.Imported
	}
	c.Title, c.SpecVersion = clip(info.Title, 200), clip(info.Version, 100)
	c.SpecFormat = fmt.Sprintf("%s %s (%s)", dialect(info.SpecVersion), clip(info.SpecVersion, 20), info.Format)
	c.SpecHash, c.EndpointCount = res.Hash, res.Document.Len()
	c.setWarnings(res.Document.Warnings())
	c.setSchemes(info.SecuritySchemes)
	c.Risk = review(c, res.Document, from)
	return nil
}

func dialect(version string) string {
	if len(version) > 0 && version[0] <= '2' {
		return "Swagger"
	}
	return "OpenAPI"
}

// setSchemes keeps the ways to sign in: an item of the table is small.
func (c *stored) setSchemes(all map[string]spec.SecurityScheme) {
	c.SecuritySchemes = all
	if raw, err := json.Marshal(all); err != nil || len(raw) > maxSchemeBytes {
		c.SecuritySchemes = nil
	}
}

// setWarnings keeps the first ones: an item of the table is small.
func (c *stored) setWarnings(all []spec.Warning) {
	c.WarningCount = len(all)
	c.Warnings = nil
	for _, w := range all[:min(len(all), maxWarnings)] {
		c.Warnings = append(c.Warnings, spec.Warning{
			Path: clip(w.Path, maxWarningText), Code: w.Code, Message: clip(w.Message, maxWarningText),
		})
	}
}

// clip shortens at a character's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// publicDetail is what a person may read of an import's failure.
func publicDetail(err error) string {
	e := apierr.From(err)
	detail := e.Detail
	if e.Code == apierr.Internal {
		detail = "The import failed on our side. Refresh the connection to try again."
	}
	for i, p := range e.Problems {
		if i == 3 {
			detail += " …"
			break
		}
		if p.Message != e.Detail {
			detail += " " + p.Message
		}
	}
	var known *apierr.Error
	if errors.As(err, &known) {
		detail = string(e.Code) + ": " + detail
	}
	return clip(detail, 1000)
}
