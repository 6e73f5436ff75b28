package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
)

type fuzzBody struct {
	Name   string                     `json:"name" jsonschema:"required,minLength=1"`
	Count  int                        `json:"count,omitempty" jsonschema:"minimum=1"`
	At     time.Time                  `json:"at,omitzero"`
	Key    secret.Secret              `json:"key,omitzero"`
	Any    json.RawMessage            `json:"any,omitempty"`
	Map    map[string]json.RawMessage `json:"map,omitempty"`
	Share  *float64                   `json:"share,omitempty"`
	Nested []struct {
		On bool `json:"on"`
	} `json:"nested,omitempty"`
}

// FuzzBodyDecode: any bytes are taken or refused with a problem, in bounded words.
func FuzzBodyDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"name":"x"}`, `{"name":"x","name":"y"}`, `{"Name":"x"}`, `{"name":"x","count":1e999}`, `{"name":"x","any":{"a":[1,{"a":null}]}}`,
		`{"name":"x","key":"k","at":"2026-01-05T09:00:00Z","share":1.5,"nested":[{"on":true}]}`, "{\"name\":\"\xff\"}", strings.Repeat("[", 10_001), `{"name":"x","map":{"a":1,"A":2}}`, `{"name":"x","nested":[{"oN":1}]}`,
	} {
		f.Add([]byte(seed))
	}
	body := compileBodyType(reflect.TypeFor[fuzzBody]())
	f.Fuzz(func(t *testing.T, raw []byte) {
		var dst fuzzBody
		err := body.decode(raw, &dst)
		if err == nil {
			if dst.Name == "" || !json.Valid(raw) || !utf8.Valid(raw) {
				t.Fatalf("taken: %q", raw)
			}
			return
		}
		e := apierr.From(err)
		if e.Code != apierr.ValidationFailed || len(e.Problems) == 0 || len(e.Problems) > 2*maxProblems {
			t.Fatalf("%v: %d problems", err, len(e.Problems))
		}
		for _, p := range e.Problems {
			if p.Code == "" || p.Message == "" || len(p.Path) > 2*maxEcho || len(p.Message) > 2*maxEcho || !utf8.ValidString(p.Path) {
				t.Fatalf("problem %+v", p)
			}
		}
	})
}

// FuzzText: any query and If-Match are taken or refused.
func FuzzText(f *testing.F) {
	for _, seed := range [][2]string{{"limit=1", "3"}, {"limit=%zz", `"3"`}, {"from=2026-01-05T09:00:00Z", "*"}, {"a;b", "W/\"1\""}, {"limit=1&limit=2", "-1"}} {
		f.Add(seed[0], seed[1])
	}
	type in struct {
		Limit   int       `query:"limit"`
		From    time.Time `query:"from"`
		On      bool      `query:"on"`
		Q       string    `query:"q"`
		IfMatch int64     `header:"If-Match"`
	}
	e := Endpoint{in: reflect.TypeFor[in]()}
	f.Fuzz(func(t *testing.T, query, version string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.RawQuery, r.Header = query, http.Header{"If-Match": {version}}
		var v in
		if err := e.decode(r, reflect.ValueOf(&v).Elem()); err != nil {
			if apierr.CodeOf(err) != apierr.ValidationFailed || len(apierr.From(err).Problems) == 0 {
				t.Fatal(err)
			}
			return
		}
		if v.Limit < 0 || v.Limit > 100 || v.IfMatch < 0 || !utf8.ValidString(v.Q) {
			t.Fatalf("taken: %+v", v)
		}
	})
}
