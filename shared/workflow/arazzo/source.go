package arazzo

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
)

// APIs are the connections of the workspace in the context, and their documents.
type APIs interface {
	// List returns a page; an empty cursor begins, an empty next ends.
	List(ctx context.Context, limit int, cursor string) (page []connection.Connection, next string, err error)
	// Document is a connection's; CONFLICT while it is imported.
	Document(ctx context.Context, id string) (connection.Connection, *spec.Document, error)
}

// source is an API that the description names, with the connection to it.
type source struct {
	name       string
	url        string
	connection string
	doc        *spec.Document
	at         node
	failed     bool // told already
}

// sources reads sourceDescriptions. Connections are looked for when a step needs one.
func (d *description) sources() {
	list := d.root.list("sourceDescriptions")
	if len(list) == 0 {
		d.root.child("sourceDescriptions").refuse("required", "At least one source is needed.")
	}
	for _, n := range list {
		if !n.object("name", "url", "type") {
			continue
		}
		s := &source{name: n.required("name"), url: n.required("url"), at: n}
		if d.byName[s.name] != nil {
			n.child("name").refuse("duplicate", "There is another source of this name.")
		}
		if kind := n.text("type"); kind != "" && kind != "openapi" {
			n.child("type").note("source", "Sources of type %s are not imported: no step may use this one.", cut(kind))
			continue
		}
		d.order = append(d.order, s)
		d.byName[s.name] = s
	}
	for name := range d.given {
		if d.byName[name] == nil {
			d.root.child("sourceDescriptions").refuse("connections", "A connection was given for %s, but there is no such source.", cut(name))
		}
	}
}

// connect finds the connection of a source: the one that was given, or the only one
// whose document was fetched from the source's URL, or whose title or name is the
// source's. It is false where there is none, which is told.
func (d *description) connect(s *source) bool {
	if s.failed || s.doc != nil {
		return s.doc != nil
	}
	id := d.given[s.name]
	if id == "" {
		id = d.match(s)
	}
	if id == "" {
		s.failed = true
		return false
	}
	_, doc, err := d.apis.Document(d.ctx, id)
	if err != nil {
		s.failed = true
		s.at.refuse("connection", "The connection %s cannot be used: %s", cut(id), apierr.From(err).Detail)
		return false
	}
	s.connection, s.doc = id, doc
	return true
}

func (d *description) match(s *source) string {
	all, err := d.all()
	if err != nil {
		s.at.refuse("connection", "The connections could not be read: %s", apierr.From(err).Detail)
		return ""
	}
	byURL := filter(all, func(c connection.Connection) bool { return c.SpecURL != "" && sameURL(c.SpecURL, s.url) })
	named := func(c connection.Connection) bool {
		own := slug(s.name)
		return own != "" && (slug(c.Name) == own || slug(c.Title) == own)
	}
	found := byURL
	if len(found) != 1 {
		if narrower := filter(found, named); len(narrower) > 0 {
			found = narrower
		}
	}
	if len(found) == 0 {
		found = filter(all, named)
	}
	switch len(found) {
	case 1:
		return found[0].ID
	case 0:
		s.at.refuse("no_connection", "No connection is of this API: connect %s first, or name the connection in connections, as %q.", cut(s.url), s.name)
	default:
		var ids []string
		for _, c := range found {
			ids = append(ids, c.ID+" ("+c.Name+")")
		}
		s.at.refuse("ambiguous", "Several connections are of this API: name one in connections, as %q: %s.", s.name, cut(strings.Join(ids, ", ")))
	}
	return ""
}

func filter(all []connection.Connection, keep func(connection.Connection) bool) (out []connection.Connection) {
	for _, c := range all {
		if keep(c) {
			out = append(out, c)
		}
	}
	return out
}

// all are the workspace's connections, read once.
func (d *description) all() ([]connection.Connection, error) {
	if d.connections != nil {
		return d.connections, nil
	}
	d.connections = []connection.Connection{}
	for cursor := ""; ; {
		page, next, err := d.apis.List(d.ctx, 100, cursor)
		if err != nil {
			return nil, err
		}
		d.connections = append(d.connections, page...)
		if cursor = next; cursor == "" {
			return d.connections, nil
		}
	}
}

// sameURL compares what two URLs point to.
func sameURL(a, b string) bool {
	x, errA := url.Parse(a)
	y, errB := url.Parse(b)
	return errA == nil && errB == nil && x.Host != "" && strings.EqualFold(x.Host, y.Host) && x.EscapedPath() == y.EscapedPath() &&
		(x.RawQuery == y.RawQuery || x.RawQuery == "" || y.RawQuery == "")
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a name without what may be written in different ways.
func slug(s string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(s), "-"), "-")
}
