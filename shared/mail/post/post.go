// Package post owns the queue of messages to people. A message is queued in the
// transaction of the change that it tells of, so that neither is there without the
// other; whoever makes the change waits for no mail server, and fails with none. It
// never decides what a message says, and sends nothing itself: a mail.Sender does.
package post

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// keep is how long a message is tried: what it says is old news then, and most of
	// its links have run out.
	keep = 24 * time.Hour
	// A message belongs to the process that claimed it for firstPause, and for twice
	// as long after each failure, up to maxPause.
	firstPause, maxPause = time.Minute, time.Hour
	// sendTimeout bounds one message; it is far below firstPause.
	sendTimeout = 30 * time.Second
	// sortable is a time whose texts sort as the times do.
	sortable = "2006-01-02T15:04:05.000Z"
	duePK    = "MAILDUE"
	field    = "message"
)

// Options of a Post.
type Options struct {
	// URL is where people reach the product; links begin with it. Defaults to
	// http://localhost:8080.
	URL string
	// Ring asks whoever sends to send a queued message at once; it must not wait. A
	// message that nobody is asked for goes with the next Sweep. Defaults to the bell of
	// Run in this process.
	Ring func(ctx context.Context, messageID string)
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets what could not be sent. Defaults to slog.Default().
	Log *slog.Logger
}

// Post queues messages. They lie sealed among the system records: they hold links
// that sign people in.
type Post struct {
	store  *table.Store
	sealer secret.Sealer
	o      Options
	bell   chan string
}

// bellQueue is how many messages Run is asked for at most; the rest waits for its sweep.
const bellQueue = 256

// New makes a Post.
func New(store *table.Store, sealer secret.Sealer, opts *Options) *Post {
	p := &Post{store: store, sealer: sealer, bell: make(chan string, bellQueue)}
	if opts != nil {
		p.o = *opts
	}
	if p.o.URL == "" {
		p.o.URL = "http://localhost:8080"
	}
	p.o.URL = strings.TrimRight(p.o.URL, "/")
	if p.o.Now == nil {
		p.o.Now = time.Now
	}
	if p.o.Log == nil {
		p.o.Log = slog.Default()
	}
	if p.o.Ring == nil {
		p.o.Ring = func(_ context.Context, messageID string) {
			select {
			case p.bell <- messageID:
			default:
			}
		}
	}
	return p
}

// Link is the address of a page of the product. A secret belongs behind "#", which
// browsers send to nobody.
func (p *Post) Link(path string) string { return p.o.URL + path }

// Parcel is a message on its way into the queue.
type Parcel struct {
	// Op queues it, whichever workspace's transaction it becomes part of.
	Op table.Op
	// ID is what Ring is told once the transaction is done.
	ID string
}

// queued is how a message is kept.
type queued struct {
	Sealed   []byte    `json:"sealed"`
	QueuedAt time.Time `json:"queuedAt"`
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts"`
}

// content is what is sealed.
type content struct {
	// Nobody: the message is there so that making it took as long as making any other.
	Nobody  bool         `json:"nobody,omitempty"`
	Message mail.Message `json:"message"`
}

func key(messageID string) table.Key { return table.Key{PK: "MAIL#" + messageID, SK: "0"} }

func due(messageID string, at time.Time) map[string]table.Key {
	return map[string]table.Key{table.Index1: {PK: duePK, SK: at.UTC().Format(sortable) + "#" + messageID}}
}

// Pack makes a parcel of a letter to one address. Its owner is the id of the workspace
// that sends it or, of letters about an account, of the person. With no address it is one to nobody: it goes the same way, and is dropped
// at its end, so that no clock tells whether there is anybody.
func (p *Post) Pack(ctx context.Context, owner, to string, l letter.Letter) (Parcel, error) {
	messageID := id.New(id.Mail)
	c := content{Nobody: to == "", Message: mail.Message{ID: messageID, Owner: owner, To: []string{to}, Subject: l.Subject, Text: l.Text(), HTML: l.HTML()}}
	if !c.Nobody && !mail.IsAddress(to) {
		// Some accounts have an address that no mail reaches. What is told to them is lost, and they go on.
		p.o.Log.WarnContext(ctx, "no mail can be sent to an account's address", "mail", messageID)
		c.Nobody = true
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return Parcel{}, err
	}
	sealed, err := p.sealer.Seal(tenant.WithSystem(ctx), secret.Scope{Resource: messageID, Field: field}, plain)
	if err != nil {
		return Parcel{}, err
	}
	now := p.o.Now().UTC()
	item, err := table.JSONItem(key(messageID), queued{Sealed: sealed, QueuedAt: now, Due: now})
	item.Index, item.ExpiresAt = due(messageID, now), now.Add(keep)
	return Parcel{Op: table.Global(table.Put(item, table.Absent())), ID: messageID}, err
}

// Ring asks for messages whose transaction is done to be sent at once.
func (p *Post) Ring(ctx context.Context, all ...Parcel) {
	for _, parcel := range all {
		p.o.Ring(ctx, parcel.ID)
	}
}

var errNotDue = errors.New("post: not due")

// Deliver sends one message, if it is due and nobody else is at it. A message that
// the service refuses is dropped; one that it cannot take now stays. Errors are those
// of the table and of keys only.
func (p *Post) Deliver(ctx context.Context, sender mail.Sender, messageID string) error {
	ctx = tenant.WithSystem(ctx)
	var q queued
	item, err := table.ModifyItem(ctx, p.store, key(messageID), func(item *table.Item) error {
		q = queued{}
		if err := item.Decode(&q); err != nil {
			return err
		}
		now := p.o.Now().UTC()
		if q.Due.After(now) {
			return errNotDue
		}
		q.Due = now.Add(min(firstPause<<min(q.Attempts, 10), maxPause))
		q.Attempts++
		next, err := table.JSONItem(item.Key, q)
		item.Data, item.Index = next.Data, due(messageID, q.Due)
		return err
	})
	if errors.Is(err, errNotDue) || errors.Is(err, table.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	plain, err := p.sealer.Open(ctx, secret.Scope{Resource: messageID, Field: field}, q.Sealed)
	if err != nil {
		return err
	}
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return err
	}
	if !c.Nobody && !p.sent(ctx, sender, c.Message, q) {
		return nil
	}
	err = p.store.Delete(ctx, key(messageID), table.IfVersion(item.Version))
	if errors.Is(err, table.ErrCondition) { // it took longer than its claim, and another process is at it
		return nil
	}
	return err
}

// sent says whether nothing is left to do for a message.
func (p *Post) sent(ctx context.Context, sender mail.Sender, m mail.Message, q queued) bool {
	sending, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err := sender.Send(sending, m)
	switch {
	case err == nil:
		return true
	case errors.Is(err, mail.ErrRefused), errors.Is(err, mail.ErrInvalid):
		p.o.Log.ErrorContext(ctx, "a message was refused, and is dropped", "mail", m.ID, "subject", m.Subject, "err", err)
		return true
	}
	p.o.Log.WarnContext(ctx, "a message could not be sent; it is tried again", "mail", m.ID, "subject", m.Subject, "attempts", q.Attempts, "due", q.Due, "err", err)
	return false
}
