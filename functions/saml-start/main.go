// Command saml-start serves GET /api/auth/saml/{workspace}/start.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-start", saml.Build) }
