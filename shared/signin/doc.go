// Package signin owns the ways to sign in that lie outside: which providers there
// are, the operator's and each workspace's own, and the way of a browser to one and
// back. It never speaks a provider's protocol (package oidc below does), and never
// decides who an answer leads to: package identity does.
//
// A flow:
//
//	start → waiting (10 minutes) → taken by its callback, once → signed in | refused
//
// A flow is bound to the browser that started it: a cookie holds the one secret of
// it, from which the nonce and the PKCE verifier are made, and the table only knows
// its hash. What another browser brings back leads nowhere (login CSRF).
package signin
