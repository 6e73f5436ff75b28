// Package oidc speaks OpenID Connect with providers: discovery, the code flow with
// PKCE, the checks of an ID token, the quirks of Google and Entra ID. Everything that
// a provider says is taken for hostile until it is checked: it is fetched through the
// egress guard, bounded in size and time, and no redirect is followed. It decides
// neither who signs in nor as what.
package oidc
