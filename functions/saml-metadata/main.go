// Command saml-metadata serves GET /api/auth/saml/{workspace}/metadata.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-metadata", saml.Build) }
