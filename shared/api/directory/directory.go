// Package directory holds the handlers of SCIM 2.0, which a workspace's directory calls
// with a token of its own, and of the settings that an admin makes for it.
package directory

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/scim"
	"github.com/apiq/apiq/shared/web"
)

// media is the protocol's type (RFC 7644, 8.1).
const media = "application/scim+json"

// Endpoints binds the routes of this area.
func Endpoints(d *scim.Service, people *identity.Service) []web.Endpoint {
	all := []web.Endpoint{
		web.BindRaw("scim-users-list", media, list(d.Users)),
		web.BindRaw("scim-users-get", media, get(d.User)),
		web.BindRaw("scim-users-create", media, create(d.CreateUser)).Answers(http.StatusCreated),
		web.BindRaw("scim-users-replace", media, change(d.ReplaceUser)),
		web.BindRaw("scim-users-patch", media, change(d.PatchUser)),
		web.BindRaw("scim-users-delete", media, remove(d.DeleteUser)).Answers(http.StatusNoContent),
		web.BindRaw("scim-groups-list", media, list(d.Groups)),
		web.BindRaw("scim-groups-get", media, get(d.Group)),
		web.BindRaw("scim-groups-create", media, create(d.CreateGroup)).Answers(http.StatusCreated),
		web.BindRaw("scim-groups-replace", media, change(d.ReplaceGroup)),
		web.BindRaw("scim-groups-patch", media, change(d.PatchGroup)),
		web.BindRaw("scim-groups-delete", media, remove(d.DeleteGroup)).Answers(http.StatusNoContent),
		web.BindRaw("scim-config", media, document(d.Config)),
		web.BindRaw("scim-types", media, document(func() any { return d.Types() })),
		web.BindRaw("scim-schemas", media, document(func() any { return d.Schemas() })),
	}
	for i := range all {
		all[i] = all[i].Faults(fault)
	}
	return append(all, admin(d, people)...)
}

// ListIn is a search. Sorting is optional in the protocol and not done.
type ListIn struct {
	Filter     string `query:"filter" doc:"RFC 7644, 3.4.2.2, such as userName eq \"ada@example.com\""`
	StartIndex int    `query:"startIndex" doc:"From 1"`
	Count      string `query:"count" doc:"At most 200; 0 only counts"`
	Attributes string `query:"attributes"`
	Excluded   string `query:"excludedAttributes"`
	SortBy     string `query:"sortBy"`
	SortOrder  string `query:"sortOrder"`
}

func (in *ListIn) query() (scim.Query, error) {
	q := scim.Query{Filter: in.Filter, StartIndex: in.StartIndex, View: scim.View{Attributes: in.Attributes, Excluded: in.Excluded}}
	if in.Count != "" {
		n, err := strconv.Atoi(in.Count)
		if err != nil {
			return q, apierr.New(apierr.ValidationFailed, "count must be a whole number.").With(apierr.Problem{Path: "query.count", Code: "invalidValue", Message: "Must be a whole number."})
		}
		q.Count = &n
	}
	return q, nil
}

// GetIn names one resource.
type GetIn struct {
	ID          string `path:"id"`
	Attributes  string `query:"attributes"`
	Excluded    string `query:"excludedAttributes"`
	IfNoneMatch string `header:"If-None-Match"`
}

// CreateIn is a resource as the directory has it.
type CreateIn struct {
	Body json.RawMessage
}

// ChangeIn is a resource (PUT) or a PatchOp message (PATCH).
type ChangeIn struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"The ETag that the resource had"`
	Body    json.RawMessage
}

// RemoveIn names what goes.
type RemoveIn struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

func list(find func(context.Context, scim.Query) (scim.List, error)) func(http.ResponseWriter, *http.Request, *ListIn) error {
	return func(w http.ResponseWriter, r *http.Request, in *ListIn) error {
		q, err := in.query()
		if err != nil {
			return err
		}
		found, err := find(r.Context(), q)
		if err != nil {
			return err
		}
		return write(w, http.StatusOK, found)
	}
}

func get[T resource](find func(context.Context, string) (T, error)) func(http.ResponseWriter, *http.Request, *GetIn) error {
	return func(w http.ResponseWriter, r *http.Request, in *GetIn) error {
		found, err := find(r.Context(), in.ID)
		if err != nil {
			return err
		}
		m := meta(found)
		if in.IfNoneMatch != "" && in.IfNoneMatch == m.Version {
			w.Header().Set("ETag", m.Version)
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		shown, err := scim.View{Attributes: in.Attributes, Excluded: in.Excluded}.Show(found)
		if err != nil {
			return err
		}
		w.Header().Set("ETag", m.Version)
		return write(w, http.StatusOK, shown)
	}
}

func create[T resource](make func(context.Context, json.RawMessage) (T, error)) func(http.ResponseWriter, *http.Request, *CreateIn) error {
	return func(w http.ResponseWriter, r *http.Request, in *CreateIn) error {
		made, err := make(r.Context(), in.Body)
		if err != nil {
			return err
		}
		w.Header().Set("Location", meta(made).Location)
		w.Header().Set("ETag", meta(made).Version)
		return write(w, http.StatusCreated, made)
	}
}

func change[T resource](do func(ctx context.Context, id, ifMatch string, body json.RawMessage) (T, error)) func(http.ResponseWriter, *http.Request, *ChangeIn) error {
	return func(w http.ResponseWriter, r *http.Request, in *ChangeIn) error {
		changed, err := do(r.Context(), in.ID, in.IfMatch, in.Body)
		if err != nil {
			return err
		}
		w.Header().Set("ETag", meta(changed).Version)
		return write(w, http.StatusOK, changed)
	}
}

func remove(do func(ctx context.Context, id, ifMatch string) error) func(http.ResponseWriter, *http.Request, *RemoveIn) error {
	return func(w http.ResponseWriter, r *http.Request, in *RemoveIn) error {
		if err := do(r.Context(), in.ID, in.IfMatch); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

func document(tell func() any) func(http.ResponseWriter, *http.Request, *web.None) error {
	return func(w http.ResponseWriter, _ *http.Request, _ *web.None) error {
		return write(w, http.StatusOK, tell())
	}
}

type resource interface{ scim.User | scim.Group }

func meta[T resource](v T) scim.Meta {
	switch v := any(v).(type) {
	case scim.User:
		return v.Meta
	case scim.Group:
		return v.Meta
	}
	return scim.Meta{}
}

func write(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media+";charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n')) // a client that left is no failure: the work is done
	return nil
}

// fault answers in the protocol's form (RFC 7644, 3.12).
func fault(w http.ResponseWriter, _ string, err error) {
	e := apierr.From(err)
	raw, _ := json.Marshal(scim.ErrorOf(e)) // texts only
	web.WriteFault(w, e, media, raw)
}
