// Command saml-delete serves DELETE /api/admin/saml.
package main

import (
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/saml"
)

func main() { route.Serve("saml-delete", saml.Build) }
