package plan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
)

// Connections is what planning needs of the workspace's connections.
type Connections interface {
	// List returns a page; an empty cursor begins, an empty next ends.
	List(ctx context.Context, limit int, cursor string) (page []connection.Connection, next string, err error)
	// Document opens a connection's document; NOT_FOUND for an unknown connection.
	Document(ctx context.Context, conID string) (connection.Connection, *spec.Document, error)
}

// Catalogues keeps what was read from documents, by their hash, in the workspace of the
// context.
type Catalogues interface {
	// Load opens what was kept. Any error means that there is none that can be used.
	Load(ctx context.Context, hash string) (*catalog.API, error)
	// Save keeps it.
	Save(ctx context.Context, hash string, api *catalog.API) error
}

const (
	pageOfConnections = 100
	maxConnections    = 200
	buildTime         = time.Minute
	loadedAtOnce      = 8
)

// sources gives the catalogue of a workspace. What is read from a document is held by
// the workspace and the document's hash: it may read on in the workspace's document.
type sources struct {
	connections Connections
	stored      Catalogues // nil: none are
	log         *slog.Logger
	apis        *lru.Cache[string, *catalog.API]
	// sets are those that were planned over, by what is in them: a set learns how telling
	// words are as it is used.
	sets     *lru.Cache[string, *catalog.Set]
	building singleflight.Group
}

func newSources(c Connections, stored Catalogues, size int, log *slog.Logger) (*sources, error) {
	cache, err := lru.New[string, *catalog.API](size)
	if err != nil {
		return nil, fmt.Errorf("plan: catalogue cache: %w", err)
	}
	sets, err := lru.New[string, *catalog.Set](size)
	if err != nil {
		return nil, fmt.Errorf("plan: catalogue cache: %w", err)
	}
	return &sources{connections: c, stored: stored, log: log, apis: cache, sets: sets}, nil
}

// active lists the workspace's active connections, those asked for where some are.
func (s *sources) active(ctx context.Context, only []string) ([]connection.Connection, error) {
	var all []connection.Connection
	for cursor := ""; ; {
		page, next, err := s.connections.List(ctx, pageOfConnections, cursor)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if c.Status == connection.StatusActive {
				all = append(all, c)
			}
		}
		if cursor = next; cursor == "" || len(all) >= maxConnections {
			break
		}
	}
	if len(only) == 0 {
		return all, nil
	}
	byID := map[string]connection.Connection{}
	for _, c := range all {
		byID[c.ID] = c
	}
	refused := apierr.New(apierr.ValidationFailed, "The plan cannot use these connections.")
	var chosen []connection.Connection
	for i, id := range only {
		c, ok := byID[id]
		if !ok {
			refused = refused.With(apierr.Problem{Path: fmt.Sprintf("/connections/%d", i), Code: "unknown", Message: "No active connection of this workspace has this id."})
			continue
		}
		chosen = append(chosen, c)
	}
	if len(refused.Problems) > 0 {
		return nil, refused
	}
	return chosen, nil
}

// set opens the catalogue of the connections.
func (s *sources) set(ctx context.Context, conns []connection.Connection) (*catalog.Set, error) {
	var key strings.Builder
	known := true // by what its documents are
	for _, c := range conns {
		known = known && c.SpecHash != ""
		fmt.Fprintf(&key, "%s\x00%s\x00%s\x00", c.ID, c.Name, c.SpecHash)
	}
	if set, ok := s.sets.Get(key.String()); ok && known {
		return set, nil
	}
	entries := make([]catalog.Entry, len(conns))
	all, each := errgroup.WithContext(ctx)
	all.SetLimit(loadedAtOnce)
	for i, c := range conns {
		all.Go(func() error {
			api, err := s.api(each, c)
			entries[i] = catalog.Entry{Connection: c.ID, Name: c.Name, API: api}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	set := catalog.NewSet(entries...)
	if known {
		s.sets.Add(key.String(), set)
	}
	return set, nil
}

func (s *sources) api(ctx context.Context, c connection.Connection) (*catalog.API, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	key := workspace + "/" + c.SpecHash
	if api, ok := s.apis.Get(key); ok && c.SpecHash != "" {
		return api, nil
	}
	if c.SpecHash == "" {
		key += " " + c.ID
	}
	// Another request may wait for the same document: it must not lose it because
	// this one is cancelled.
	made := s.building.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTime)
		defer cancel()
		api, err := s.load(ctx, c)
		if err == nil && c.SpecHash != "" {
			s.apis.Add(key, api)
		}
		return api, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-made:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*catalog.API), nil
	}
}

// load opens the stored catalogue of a connection's document. Where there is none that
// can be used it reads the document, and stores what it has read: a plan does not
// depend on that.
func (s *sources) load(ctx context.Context, c connection.Connection) (*catalog.API, error) {
	if s.stored != nil && c.SpecHash != "" {
		api, err := s.stored.Load(ctx, c.SpecHash)
		if err == nil {
			return api, nil
		}
		if !errors.Is(err, blob.ErrNotFound) {
			s.log.WarnContext(ctx, "stored catalogue not used", "specHash", c.SpecHash, "cause", err)
		}
	}
	_, doc, err := s.connections.Document(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	api, _, err := catalog.New(ctx, doc)
	if err != nil {
		return nil, err
	}
	if s.stored != nil {
		if err := s.stored.Save(ctx, doc.Info().Hash, api); err != nil {
			s.log.WarnContext(ctx, "catalogue not stored", "specHash", doc.Info().Hash, "cause", err)
		}
	}
	return api, nil
}
