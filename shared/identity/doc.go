// Package identity owns people, workspaces, memberships, invitations and
// sessions: who someone is and which role they hold where. It never decides
// whether a role may call a route; the table of routes does.
//
// A session:
//
//	login/register → live → (logout | expiry | member deactivated) → gone
//
// All records are system records (tenant.System), since a person is found by
// e-mail before any workspace is known; what changes in a workspace is written
// in one transaction with that workspace's audit record.
package identity
