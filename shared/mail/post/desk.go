package post

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/table"
)

// Desk shows messages that a home keeps in place of sending them, each to its owner.
type Desk struct {
	kind   string
	keeper mail.Keeper
	trail  *audit.Trail
}

// Kinds of homes' mail.
const (
	KindOutbox = "outbox" // it lies in a folder
	KindSMTP   = "smtp"
	KindSES    = "ses"
	KindNone   = "none" // nothing is sent
)

// NewDesk makes a Desk; keeper is nil where messages are sent and not kept.
func NewDesk(kind string, keeper mail.Keeper, trail *audit.Trail) *Desk {
	return &Desk{kind: kind, keeper: keeper, trail: trail}
}

// Kind is how this home sends mail.
func (d *Desk) Kind() string { return d.kind }

// Head is a message in a list.
type Head struct {
	ID      string    `json:"id"`
	To      []string  `json:"to"`
	Subject string    `json:"subject"`
	SentAt  time.Time `json:"sentAt"`
}

// Whole is a message with its text.
type Whole struct {
	Head
	Text string `json:"text"`
}

// deskScan is how many messages one list looks at.
const deskScan = 1000

// List returns messages of these owners, the newest first. A cursor that no page gave is
// table.ErrCursor.
func (d *Desk) List(ctx context.Context, owners []string, limit int, cursor string) (heads []Head, next string, err error) {
	if d.keeper == nil {
		if cursor != "" {
			return nil, "", table.ErrCursor
		}
		return nil, "", nil
	}
	const step = 100
	for looked := 0; looked < deskScan; looked += step {
		some, err := d.keeper.List(ctx, cursor, step)
		if errors.Is(err, mail.ErrNotKept) {
			err = table.ErrCursor
		}
		if err != nil {
			return nil, "", err
		}
		for _, k := range some {
			cursor = k.Name
			if k.Damaged || !slices.Contains(owners, k.Message.Owner) || k.Message.Owner == "" {
				continue
			}
			if heads = append(heads, head(k)); len(heads) == limit {
				return heads, cursor, nil
			}
		}
		if len(some) < step {
			return heads, "", nil
		}
	}
	return heads, cursor, nil
}

func head(k mail.Kept) Head {
	return Head{ID: k.Name, To: k.Message.To, Subject: k.Message.Subject, SentAt: k.SentAt}
}

// Read returns one message of these owners. That is recorded: a message may hold a link
// that lets whoever has it in.
func (d *Desk) Read(ctx context.Context, owners []string, name string) (Whole, error) {
	none := apierr.New(apierr.NotFound, "There is no such message.")
	if d.keeper == nil {
		return Whole{}, none
	}
	k, err := d.keeper.Read(ctx, name)
	switch {
	case errors.Is(err, mail.ErrNotKept):
		return Whole{}, none
	case err != nil:
		return Whole{}, err
	case k.Damaged, k.Message.Owner == "", !slices.Contains(owners, k.Message.Owner):
		return Whole{}, none
	}
	w := Whole{Head: head(k), Text: k.Message.Text}
	return w, d.trail.Note(ctx, audit.Entry{Action: "mail.read", Resource: k.Message.ID, Message: "read the message “" + k.Message.Subject + "”"})
}
