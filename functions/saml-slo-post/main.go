// Command saml-slo-post serves POST /api/auth/saml/{workspace}/slo.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-slo-post", saml.Build) }
