package plan

import (
	"context"
	"fmt"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// Connections is what planning needs of the workspace's connections.
type Connections interface {
	// List returns a page; an empty cursor begins, an empty next ends.
	List(ctx context.Context, limit int, cursor string) (page []connection.Connection, next string, err error)
	// Document opens a connection's document; NOT_FOUND for an unknown connection.
	Document(ctx context.Context, conID string) (connection.Connection, *spec.Document, error)
}

const (
	pageOfConnections = 100
	maxConnections    = 200
	buildTime         = time.Minute
)

// sources gives the catalogue of a workspace. What is read from a document is
// kept by the document's hash, across workspaces: it holds nothing of a workspace.
type sources struct {
	connections Connections
	apis        *lru.Cache[string, *catalog.API]
	// sets are those that were planned over, by what is in them: a set learns how telling
	// words are as it is used.
	sets     *lru.Cache[string, *catalog.Set]
	building singleflight.Group
}

func newSources(c Connections, size int) (*sources, error) {
	cache, err := lru.New[string, *catalog.API](size)
	if err != nil {
		return nil, fmt.Errorf("plan: catalogue cache: %w", err)
	}
	sets, err := lru.New[string, *catalog.Set](size)
	if err != nil {
		return nil, fmt.Errorf("plan: catalogue cache: %w", err)
	}
	return &sources{connections: c, apis: cache, sets: sets}, nil
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
	entries := make([]catalog.Entry, 0, len(conns))
	for _, c := range conns {
		api, err := s.api(ctx, c)
		if err != nil {
			return nil, err
		}
		entries = append(entries, catalog.Entry{Connection: c.ID, Name: c.Name, API: api})
	}
	set := catalog.NewSet(entries...)
	if known {
		s.sets.Add(key.String(), set)
	}
	return set, nil
}

func (s *sources) api(ctx context.Context, c connection.Connection) (*catalog.API, error) {
	if api, ok := s.apis.Get(c.SpecHash); ok && c.SpecHash != "" {
		return api, nil
	}
	// Another request may wait for the same document: it must not lose it because
	// this one is cancelled.
	made := s.building.DoChan(c.SpecHash+" "+c.ID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTime)
		defer cancel()
		_, doc, err := s.connections.Document(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		api, _, err := catalog.New(ctx, doc)
		if err != nil {
			return nil, err
		}
		s.apis.Add(c.SpecHash, api)
		return api, nil
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
