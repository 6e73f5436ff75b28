// Command saml-logout serves GET /api/auth/saml/{workspace}/logout.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-logout", saml.Build) }
