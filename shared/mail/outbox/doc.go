// Package outbox is the mail.Sender of the one-machine home: a folder of messages.
package outbox
