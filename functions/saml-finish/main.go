// Command saml-finish serves GET /api/auth/saml/{workspace}/finish.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-finish", saml.Build) }
