// Package identity owns people, workspaces, memberships, invitations and
// sessions: who someone is and which role they hold where. It never decides
// whether a role may call a route; the table of routes does.
//
// A session:
//
//	login/register → live → (logout | expiry | member deactivated) → gone
//
// Who is vouched for outside (SignInExternal) comes to an account by the link of
// issuer and subject, else by a verified e-mail. A workspace's own provider, which
// its admins can make say anything, leads to members of that workspace only, and
// the session is bound to it (Principal.Bound).
//
// All records are system records (tenant.System), since a person is found by
// e-mail before any workspace is known; what changes in a workspace is written
// in one transaction with that workspace's audit record.
package identity
