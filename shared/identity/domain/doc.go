// Package domain owns the e-mail domains that workspaces say are theirs, and the proof
// of it: a text record in the domain's DNS that only its owner can put there. It decides
// neither who a person is nor what they may do; package identity asks it nothing, and
// finds what it wrote (identity.Holder).
//
//	pending → (the record is there) verified
//	verified → (it is gone) missing → (it is back) verified
//	missing → (gone for lapseAfter) pending
//
// A verified and a missing domain is held by its workspace, and by no other at the same
// time. What is held is looked at once a day. An answer that is none, from a DNS server
// that is down, changes nothing.
//
// What is asked for in DNS is asked for by an admin's name of a domain, and nothing of
// the answer is kept or told.
package domain
