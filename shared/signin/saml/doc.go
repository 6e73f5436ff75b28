// Package saml owns SAML 2.0 as a service provider: a workspace's identity provider, the
// way of a browser to it and back, and the judgement of what it brings. It never decides
// who an assertion leads to (package identity does), takes nothing that it did not ask
// for, and reads only what a signature covers.
//
// A flow:
//
//	start → waiting (10 minutes) → answered by a POST, once → ticket (1 minute) → signed in, once
//
// The answer comes as a POST from the provider's page, without the cookies of this site.
// What it proves is therefore only kept, under a ticket, and the browser sent on to fetch
// it: that request carries the cookie that the flow was started with. What another browser
// brings leads nowhere (login CSRF).
package saml
