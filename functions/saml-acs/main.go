// Command saml-acs serves POST /api/auth/saml/{workspace}/acs.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-acs", saml.Build) }
