package scim

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
)

func doc(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPatch: the RFC's examples, and what Okta and Entra ID send.
func TestPatch(t *testing.T) {
	t.Parallel()
	const ada = `{"userName":"ada","active":true,"name":{"givenName":"Ada","familyName":"L"},"emails":[{"value":"ada@example.com","type":"work","primary":true}]}`
	const team = `{"displayName":"Team","members":[{"value":"u1"},{"value":"u2"}]}`
	for name, c := range map[string]struct {
		a             attributes
		doc, ops, set string // set: what is different afterwards
	}{
		"Okta deactivates":              {userAttributes, ada, `[{"op":"replace","value":{"active":false}}]`, `{"active":false}`},
		"Entra deactivates":             {userAttributes, ada, `[{"op":"Replace","path":"active","value":"False"}]`, `{"active":"False"}`},
		"Entra, names as paths":         {userAttributes, ada, `[{"op":"Add","value":{"name.givenName":"A","emails[type eq \"work\"].value":"a@example.com","nickName":"x"}}]`, `{"name":{"givenName":"A","familyName":"L"},"emails":[{"value":"a@example.com","type":"work","primary":true}]}`},
		"Entra, an extension":           {userAttributes, ada, `[{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"R&D"}]`, `{}`},
		"an extension as an object":     {userAttributes, ada, `[{"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"x"}}}]`, `{}`},
		"the core schema's name":        {userAttributes, ada, `[{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName","value":"M"}]`, `{"name":{"givenName":"Ada","familyName":"M"}}`},
		"a complex one is merged":       {userAttributes, ada, `[{"op":"replace","path":"name","value":{"familyName":"M"}}]`, `{"name":{"givenName":"Ada","familyName":"M"}}`},
		"a part that is not kept":       {userAttributes, ada, `[{"op":"add","path":"name.middleName","value":"K"},{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}]`, `{}`},
		"a part is removed":             {userAttributes, ada, `[{"op":"remove","path":"name.givenName"}]`, `{"name":{"familyName":"L"}}`},
		"any case":                      {userAttributes, ada, `[{"op":"REPLACE","path":"USERNAME","value":"eve"}]`, `{"userName":"eve"}`},
		"an address by its type":        {userAttributes, `{"userName":"ada"}`, `[{"op":"Add","path":"emails[type eq \"work\"].value","value":"a@example.com"}]`, `{"emails":[{"type":"work","value":"a@example.com"}]}`},
		"RFC 7644, 3.5.2.1: add":        {groupAttributes, team, `[{"op":"add","path":"members","value":[{"display":"x","$ref":"https://x","value":"u3"}]}]`, `{"members":[{"value":"u1"},{"value":"u2"},{"value":"u3"}]}`},
		"added twice is once":           {groupAttributes, team, `[{"op":"add","path":"members","value":[{"value":"u2"}]}]`, `{}`},
		"RFC 7644, 3.5.2.2: one":        {groupAttributes, team, `[{"op":"remove","path":"members[value eq \"u1\"]"}]`, `{"members":[{"value":"u2"}]}`},
		"RFC 7644, 3.5.2.2: all":        {groupAttributes, team, `[{"op":"remove","path":"members"}]`, `{"members":null}`},
		"RFC 7644, 3.5.2.2: twice":      {groupAttributes, team, `[{"op":"remove","path":"members[value eq \"u1\"]"},{"op":"remove","path":"members[value eq \"u1\"]"}]`, `{"members":[{"value":"u2"}]}`},
		"Entra removes by value":        {groupAttributes, team, `[{"op":"Remove","path":"members","value":[{"value":"u2"}]}]`, `{"members":[{"value":"u1"}]}`},
		"RFC 7644, 3.5.2.3: all anew":   {groupAttributes, team, `[{"op":"replace","path":"members","value":[{"value":"u9"}]}]`, `{"members":[{"value":"u9"}]}`},
		"Okta renames":                  {groupAttributes, team, `[{"op":"replace","value":{"id":"grp_1","displayName":"Crew"}}]`, `{"displayName":"Crew"}`},
		"Okta: members in one go":       {groupAttributes, team, `[{"op":"remove","path":"members[value eq \"u1\"]"},{"op":"add","path":"members","value":[{"value":"u3","display":"e@example.com"}]}]`, `{"members":[{"value":"u2"},{"value":"u3"}]}`},
		"members as texts":              {groupAttributes, team, `[{"op":"add","path":"members","value":["u3"]}]`, `{"members":[{"value":"u1"},{"value":"u2"},{"value":"u3"}]}`},
		"the display name, by its path": {groupAttributes, team, `[{"op":"Replace","path":"displayName","value":"Crew"}]`, `{"displayName":"Crew"}`},
	} {
		have, want := doc(t, c.doc), doc(t, c.doc)
		for k, v := range doc(t, c.set) {
			want[k] = v
		}
		ops, err := readPatch(json.RawMessage(`{"schemas":["` + SchemaPatch + `"],"Operations":` + c.ops + `}`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := c.a.patch(have, ops); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		raw, err := json.Marshal(have)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, doc(t, string(raw))); diff != "" {
			t.Errorf("%s: -want +have\n%s", name, diff)
		}
	}
}

func TestPatchRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, word string }{
		"no object":           {`[]`, invalidSyntax},
		"no operations":       {`{"Operations":[]}`, invalidSyntax},
		"too many":            {`{"Operations":[` + strings.Repeat(`{},`, 1000) + `{}]}`, invalidSyntax},
		"operations a text":   {`{"Operations":"x"}`, invalidSyntax},
		"another operation":   {`{"Operations":[{"op":"move","path":"active","value":true}]}`, invalidSyntax},
		"no path, no object":  {`{"Operations":[{"op":"add","value":1}]}`, noTarget},
		"remove nothing":      {`{"Operations":[{"op":"remove"}]}`, noTarget},
		"a path of nothing":   {`{"Operations":[{"op":"add","path":"shoeSize","value":1}]}`, invalidPath},
		"a path half written": {`{"Operations":[{"op":"add","path":"emails[type eq","value":1}]}`, invalidPath},
		"a long path":         {`{"Operations":[{"op":"add","path":"` + strings.Repeat("a", 600) + `","value":1}]}`, invalidPath},
		"nothing matches":     {`{"Operations":[{"op":"replace","path":"emails[value eq \"x\"].value","value":"y"}]}`, noTarget},
		"a name as a text":    {`{"Operations":[{"op":"add","path":"name","value":"x"}]}`, invalidValue},
		"an address a number": {`{"Operations":[{"op":"add","path":"emails","value":5}]}`, invalidValue},
	} {
		ops, err := readPatch(json.RawMessage(c.body))
		if err == nil {
			err = userAttributes.patch(map[string]any{"userName": "x"}, ops)
		}
		if e := apierr.From(err); err == nil || e.Code != apierr.ValidationFailed || ErrorOf(e).ScimType != c.word {
			t.Errorf("%s: %v, want %s", name, err, c.word)
		}
	}
}

// TestFilter: operators, parts, lists, brackets, on one resource.
func TestFilter(t *testing.T) {
	t.Parallel()
	ada := doc(t, `{"id":"usr_1","userName":"Ada@Example.com","externalId":"X1","active":true,"name":{"familyName":"Lovelace"},
		"emails":[{"value":"ada@example.com","type":"work","primary":true},{"value":"a@home.example","type":"home"}],
		"members":[{"value":"u1"},{"value":"u2"}],"meta":{"lastModified":"2026-01-05T09:00:00Z"}}`)
	for text, want := range map[string]bool{
		``:                                 true,
		`userName eq "ada@example.com"`:    true,
		`USERNAME Eq "ADA@EXAMPLE.COM"`:    true,
		`userName eq "eve@example.com"`:    false,
		`userName ne "eve@example.com"`:    true,
		`userName ne "ada@example.com"`:    false,
		`userName sw "ada"`:                true,
		`userName co "EXAMPLE"`:            true,
		`userName ew ".com"`:               true,
		`userName gt "aaa"`:                true,
		`userName lt "aaa"`:                false,
		`externalId eq "X1"`:               true,
		`externalId eq "x1"`:               false,
		`active eq true`:                   true,
		`active eq "True"`:                 true,
		`active eq false`:                  false,
		`active ne true`:                   false,
		`title pr`:                         false,
		`userName pr`:                      true,
		`name.familyName co "love"`:        true,
		`emails.value eq "a@home.example"`: true,
		`emails eq "ada@example.com"`:      true,
		`emails[type eq "work" and value co "@example.com"]`: true,
		`emails[type eq "home" and value co "@example.com"]`: false,
		`members eq "u2"`:                                              true,
		`members[value eq "u3"]`:                                       false,
		`meta.lastModified ge "2026-01-05T10:00:00+01:00"`:             true,
		`meta.lastModified gt "2026-01-05T09:00:00Z"`:                  false,
		`not (active eq true)`:                                         false,
		`active eq false or userName sw "ada"`:                         true,
		`active eq true and (userName sw "eve" or externalId eq "X1")`: true,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"`: true,
		`id eq "usr_1"`:                                                true,
	} {
		takes, _, err := parseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if have := takes(ada); have != want {
			t.Errorf("%s: %v", text, have)
		}
	}
	for _, text := range []string{`userName`, `userName eq`, `eq "x"`, `userName like "x"`, `(userName eq "x"`, `userName eq "x`, `userName eq "x" and`, `emails[type eq "work"`,
		strings.Repeat("(", 200) + `a pr` + strings.Repeat(")", 200), strings.Repeat(`a pr or `, 100) + `a pr`, `userName eq "` + strings.Repeat("x", 2000) + `"`} {
		_, _, err := parseFilter(text)
		if e := apierr.From(err); err == nil || ErrorOf(e).ScimType != invalidFilter {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// FuzzFilter: whatever is asked is answered or refused, in the protocol's words.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"", `userName eq "a"`, `emails[type eq "work" and value co "@"]`, `not (a pr) or b.c gt 1`, `a eq "\u0000"`, "((((", `a eq -1e999`, "urn:a:b:c.d sw \"x\""} {
		f.Add(seed)
	}
	in := map[string]any{"userName": "a", "emails": []any{map[string]any{"type": "work", "value": "a@b"}, "x", nil}, "active": true, "n": 1.5}
	f.Fuzz(func(t *testing.T, text string) {
		takes, _, err := parseFilter(text)
		if err != nil {
			if ErrorOf(apierr.From(err)).ScimType != invalidFilter {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		takes(in)
	})
}

// FuzzPatch: no body makes it panic, and a document stays one of known attributes.
func FuzzPatch(f *testing.F) {
	for _, seed := range []string{`{}`, `{"Operations":[{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}]}`, `{"Operations":[{"op":"Replace","value":{"active":"False","name.givenName":"x"}}]}`,
		`{"operations":[{"op":"remove","path":"members[value eq \"1\" or not (value pr)]"}]}`, `{"Operations":[{"op":"add","path":"urn:x:y:z","value":null}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		ops, err := readPatch(json.RawMessage(body))
		if err != nil {
			return
		}
		for _, a := range []attributes{userAttributes, groupAttributes} {
			have := map[string]any{"userName": "u", "displayName": "d", "emails": []any{map[string]any{"value": "a@b", "type": "work"}}, "members": []any{map[string]any{"value": "1"}}}
			if err := a.patch(have, ops); err != nil && apierr.CodeOf(err) != apierr.ValidationFailed {
				t.Fatalf("%s: %v", body, err)
			}
			for name := range have {
				_, plain := fold(append(userAttributes.plain, groupAttributes.plain...), name)
				_, single := foldKey(userAttributes.single, name)
				_, many := foldKey(map[string][]string{"emails": nil, "members": nil}, name)
				if !plain && !single && !many {
					t.Fatalf("%s: %s was added", body, name)
				}
			}
		}
	})
}
