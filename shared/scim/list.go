package scim

import (
	"context"
	"slices"
	"strings"

	filter "github.com/scim2/filter-parser/v2"

	"github.com/apiq/apiq/shared/apierr"
)

// Query is what a list asks (RFC 7644, 3.4.2).
type Query struct {
	Filter string
	// StartIndex counts from 1; Count nil is as many as a page has.
	StartIndex int
	Count      *int
	View       View
}

// View is which attributes are shown (RFC 7644, 3.9), comma-separated.
type View struct{ Attributes, Excluded string }

// always are shown whatever is asked.
func always(name string) bool { return name == "id" || name == "schemas" }

// Show is a resource with the attributes that are asked for.
func (v View) Show(resource any) (any, error) {
	if v.Attributes == "" && v.Excluded == "" {
		return resource, nil
	}
	m, err := asMap(resource)
	if err != nil {
		return nil, err
	}
	only, not := names(v.Attributes), names(v.Excluded)
	for name := range m {
		lower := strings.ToLower(name)
		if !always(name) && (len(only) > 0 && !only[lower] || not[lower]) {
			delete(m, name)
		}
	}
	return m, nil
}

// names are those of attributes; of a part (name.givenName) the whole is meant.
func names(list string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		for _, schema := range []string{SchemaUser, SchemaGroup} {
			name = strings.TrimPrefix(name, strings.ToLower(schema)+":")
		}
		if name, _, _ = strings.Cut(name, "."); name != "" {
			out[name] = true
		}
	}
	return out
}

// page makes the page that is asked for of all resources that the filter takes.
func (q Query) page(takes condition, resources func(yield func(any) error) error) (List, error) {
	start := max(q.StartIndex, 1)
	count := maxResults
	if q.Count != nil {
		count = min(max(*q.Count, 0), maxResults)
	}
	out := List{Schemas: []string{SchemaList}, StartIndex: start, Resources: []any{}}
	err := resources(func(r any) error {
		m, err := asMap(r)
		if err != nil {
			return err
		}
		if !takes(m) {
			return nil
		}
		if out.TotalResults++; out.TotalResults < start || len(out.Resources) >= count {
			return nil
		}
		shown, err := q.View.Show(r)
		out.Resources = append(out.Resources, shown)
		return err
	})
	out.ItemsPerPage = len(out.Resources)
	return out, err
}

// Users lists the people of the workspace.
func (s *Service) Users(ctx context.Context, q Query) (List, error) {
	takes, exp, err := parseFilter(q.Filter)
	if err != nil {
		return List{}, err
	}
	people, err := s.candidates(ctx, exp)
	if err != nil {
		return List{}, err
	}
	groups, err := s.groups(ctx)
	if err != nil {
		return List{}, err
	}
	return q.page(takes, func(yield func(any) error) error {
		for _, p := range people {
			u, err := s.view(p, groups)
			if err != nil {
				return err
			}
			if err := yield(u); err != nil {
				return err
			}
		}
		return nil
	})
}

// candidates are those whom a filter may take: for the question that directories ask
// before each change, one person; else everybody.
func (s *Service) candidates(ctx context.Context, exp filter.Expression) ([]person, error) {
	name, ok := equalTo(exp, "userName")
	if !ok {
		return s.everybody(ctx)
	}
	userID, err := s.named(ctx, name)
	if err != nil || userID == "" {
		return nil, err
	}
	p, err := s.person(ctx, userID)
	if apierr.CodeOf(err) == apierr.NotFound {
		return nil, nil
	}
	return []person{p}, err
}

// Groups lists the groups of the workspace.
func (s *Service) Groups(ctx context.Context, q Query) (List, error) {
	takes, _, err := parseFilter(q.Filter)
	if err != nil {
		return List{}, err
	}
	groups, err := s.groups(ctx)
	if err != nil {
		return List{}, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return List{}, err
	}
	return q.page(takes, func(yield func(any) error) error {
		for _, g := range groups {
			view, err := s.viewGroup(g, names)
			if err != nil {
				return err
			}
			if err := yield(view); err != nil {
				return err
			}
		}
		return nil
	})
}

// names are what people are called, by id.
func (s *Service) names(ctx context.Context) (map[string]string, error) {
	people, err := s.everybody(ctx)
	out := make(map[string]string, len(people))
	for _, p := range people {
		out[p.rec.ID] = p.rec.UserName
	}
	return out, err
}

// GroupNames are the display names of the groups, for who says what they give.
func (s *Service) GroupNames(ctx context.Context) ([]string, error) {
	groups, err := s.groups(ctx)
	out := make([]string, len(groups))
	for i, g := range groups {
		out[i] = g.DisplayName
	}
	slices.Sort(out)
	return out, err
}
