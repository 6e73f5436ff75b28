// Package mail is the port to whatever sends mail to people. It owns what a
// message may be; it renders nothing, queues nothing and keeps no addresses.
package mail

import (
	"context"
	"errors"
	"time"
)

// Errors of the port; adapters return them wrapped, callers use errors.Is.
var (
	// ErrInvalid: the message breaks a rule of Check; it was not sent.
	ErrInvalid = errors.New("mail: invalid message")
	// ErrRefused: the service will not send this message, now or later.
	ErrRefused = errors.New("mail: refused")
	// ErrUnavailable: the service cannot send now; later it may. Whether this message
	// was sent is open.
	ErrUnavailable = errors.New("mail: service unavailable")
	// ErrNotKept: there is no message of that name.
	ErrNotKept = errors.New("mail: no such message")
)

// Limits of a message.
const (
	MaxTo      = 50 // as Amazon SES has it (Amazon SES Developer Guide, "Service quotas")
	MaxSubject = 200
	// MaxBytes is the most that text and HTML have together: ours are notices.
	MaxBytes = 256 << 10
	MaxID    = 64
)

// Message is one message, to all of its recipients at once: they see each other.
type Message struct {
	// ID names what the message is about, such as an invitation's id; at most MaxID of
	// [A-Za-z0-9_-], or empty. It goes with the message, so that two copies can be
	// told to be one.
	ID string
	// Owner is the id of the workspace, or of the person, whose message it is, or empty.
	// It is for who keeps messages; none that are sent show it.
	Owner string
	// To are 1 to MaxTo plain addresses ("ada@example.com"), without names.
	To []string
	// Subject is one line of 1 to MaxSubject bytes, without space at its ends.
	Subject string
	// Text is the message for who reads no HTML; it is required.
	Text string
	// HTML is the same, for who does. It may be empty.
	HTML string
}

// Sender sends messages. It is safe for concurrent use.
type Sender interface {
	// Send hands a message to the service; nil means that it was taken, not that it
	// has arrived. Errors: ErrInvalid, ErrRefused, ErrUnavailable; ctx.Err() where the
	// caller has gone.
	//
	// It is at least once: an answer can be lost, and whoever tries again after
	// ErrUnavailable, as the adapter itself does, may send the message twice. There is
	// no service that could tell, so a message must do no harm when it comes again.
	Send(ctx context.Context, m Message) error
}

// Kept is a message of a Keeper's.
type Kept struct {
	// Name is the message's there, and where a list goes on.
	Name   string
	SentAt time.Time
	// Message is what was sent; its lines end in "\n".
	Message Message
	// Damaged: it is not as Send wrote it, and Message is empty.
	Damaged bool
}

// Keeper is a Sender that keeps what it sends. It is safe for concurrent use.
type Keeper interface {
	// List returns at most limit messages, the newest first, from before the one of that
	// name ("" from the newest). ErrNotKept: that is no name.
	List(ctx context.Context, before string, limit int) ([]Kept, error)
	// Read returns one message, or ErrNotKept.
	Read(ctx context.Context, name string) (Kept, error)
}
