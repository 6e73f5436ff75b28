package wiring

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/apiq/apiq/shared/spec"
)

func TestScopesOf(t *testing.T) {
	t.Parallel()
	schemes := map[string]spec.SecurityScheme{"login": {Type: "oauth2"}, "id": {Type: "openIdConnect"}, "key": {Type: "apiKey"}}
	req := func(name string, scopes ...string) spec.Requirement { return spec.Requirement{name: scopes} }
	for name, c := range map[string]struct {
		alternatives []spec.Requirement
		have         []string
		want         []string
	}{
		"none declared":           {nil, nil, nil},
		"none needed":             {[]spec.Requirement{req("login", "a"), {}}, nil, nil},
		"one way":                 {[]spec.Requirement{req("login", "a", "b")}, nil, []string{"a", "b"}},
		"the narrower of two":     {[]spec.Requirement{req("login", "drive", "admin"), req("login", "drive.readonly")}, nil, []string{"drive.readonly"}},
		"the one that there is":   {[]spec.Requirement{req("login", "drive.readonly"), req("login", "drive")}, []string{"drive"}, []string{"drive"}},
		"a key has none":          {[]spec.Requirement{req("key"), req("login", "a")}, nil, []string{"a"}},
		"a scheme that is absent": {[]spec.Requirement{req("gone", "x")}, nil, nil},
		"two together":            {[]spec.Requirement{{"login": {"a"}, "id": {"openid"}}}, nil, []string{"a", "openid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scopesOf(c.alternatives, schemes, c.have)
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}
