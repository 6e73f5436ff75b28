// Package idp tries sign-in through providers, and the grants of connections, against an OpenID Provider that others
// wrote: zitadel/oidc's example, on loopback. It is a module of its own, so that
// nothing which a provider needs is among the product's dependencies, and it ships
// with nothing. Run it with `make test/idp`.
package idp
