package secretsmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/secret"
)

// Options of a Group.
type Options struct {
	// Keep is how long what was read is used before it is read again. Defaults to five
	// minutes: a secret that was changed acts within them.
	Keep time.Duration
	// Time bounds one reading. Defaults to three seconds.
	Time time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Group is several secrets in one: a JSON object of texts. It is read when the first is
// asked for; while it cannot be read again, what was read last is used.
type Group struct {
	read func(ctx context.Context) (secret.Secret, error)
	o    Options

	mu  sync.Mutex
	got map[string]secret.Secret
	at  time.Time
}

// NewGroup makes a Group of what read gives: Fetch, with its client and ARN. It reads nothing.
func NewGroup(read func(ctx context.Context) (secret.Secret, error), o *Options) *Group {
	g := &Group{read: read}
	if o != nil {
		g.o = *o
	}
	if g.o.Keep <= 0 {
		g.o.Keep = 5 * time.Minute
	}
	if g.o.Time <= 0 {
		g.o.Time = 3 * time.Second
	}
	if g.o.Now == nil {
		g.o.Now = time.Now
	}
	return g
}

// Get gives one of them by its name.
func (g *Group) Get(ctx context.Context, name string) (secret.Secret, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.got == nil || g.o.Now().Sub(g.at) >= g.o.Keep {
		if err := g.refresh(ctx); err != nil && g.got == nil {
			return secret.Secret{}, err
		}
	}
	one := g.got[name]
	if one.IsZero() {
		return secret.Secret{}, fmt.Errorf("secretsmanager: the secret has no %s", name)
	}
	return one, nil
}

func (g *Group) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, g.o.Time)
	defer cancel()
	raw, err := g.read(ctx)
	if err != nil {
		return err
	}
	var texts map[string]string
	if json.Unmarshal([]byte(raw.Reveal()), &texts) != nil { // its error would quote the text
		return errors.New("secretsmanager: the secret is no JSON object of texts")
	}
	all := make(map[string]secret.Secret, len(texts))
	for name, text := range texts {
		all[name] = secret.New(text)
	}
	g.got, g.at = all, g.o.Now()
	return nil
}
