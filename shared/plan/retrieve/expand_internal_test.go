package retrieve

import (
	"context"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

func TestBeside(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, other string
		want        bool
	}{
		{"/pets", "/pets", true}, {"/pets", "/pets/{id}/walks", true}, {"/pets/{id}", "/pets", true}, {"/pets/{id}/walks", "/pets", false},
		{"/pet", "/pets", false}, {"/pets2", "/pets", false}, {"/owners", "/pets", false},
	} {
		if got := beside(tt.path, tt.other); got != tt.want {
			t.Errorf("%s beside %s: %v", tt.path, tt.other, got)
		}
	}
}

// TestExpand: what the found operation goes with comes after it, each once, with the
// score of its API and none of its own.
func TestExpand(t *testing.T) {
	t.Parallel()
	doc, err := spec.Parse(context.Background(), []byte(`{"openapi":"3.0.3","info":{"title":"Kennel","version":"1"},"paths":{
"/dogs":{"get":{"operationId":"listDogs","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"}}}}}}}}}},
"/dogs/{dogId}":{"get":{"operationId":"getDog","parameters":[{"name":"dogId","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}},
"/bills":{"get":{"operationId":"listBills","responses":{"200":{"description":"ok"}}}},
"/walks/{dogId}":{"post":{"operationId":"walk","parameters":[{"name":"dogId","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	api, _, err := catalog.New(context.Background(), doc)
	if err != nil {
		t.Fatal(err)
	}
	e := catalog.Entry{Connection: "con_1", Name: "Kennel", API: api}
	names := func(list []catalog.Found) []string {
		var out []string
		for _, f := range list {
			out = append(out, f.Op.ID())
		}
		return out
	}
	for id, want := range map[string][]string{"getDog": {"getDog", "listDogs"}, "listDogs": {"listDogs", "getDog"}, "walk": {"walk", "listDogs"}, "listBills": {"listBills"}} {
		op, _ := api.Op(id)
		got := expand([]catalog.Found{{Entry: &e, Op: op, Score: 2, Words: 1, API: 0.5}})
		if !slices.Equal(names(got), want) {
			t.Errorf("%s goes with %v, want %v", id, names(got), want)
		}
		for _, f := range got[1:] {
			if f.Words != 0 || f.API != 0.5 || f.Score != 2 {
				t.Errorf("%s: %+v", f.Op.ID(), f)
			}
		}
	}
	if got := expand(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
