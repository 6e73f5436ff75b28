// Package scim owns what a workspace's directory (Okta, Microsoft Entra ID, any client
// of SCIM 2.0, RFC 7643 and 7644) says of its people: users and groups, and which role a
// group gives. Who is a member stays package identity's. It never changes the address or
// the password of an account, which are its owner's, never reaches or tells of an account
// that is not a member here, and keeps no attribute that nothing here uses.
//
// A user:
//
//	POST → a member, with an account that this workspace alone knows → active ⇄ inactive → DELETE: inactive, not listed
//	members who were there before → found by userName, changed as the others
//
// The protocol's handlers are ours over a parser of filters and paths. A whole server of
// SCIM (elimity-com/scim) was weighed: it brings routes, decoding and errors of its own
// beside the table's, and is strict where the two directories that matter are not.
package scim
