// Package mailtest is the conformance suite of mail.Sender.
package mailtest
