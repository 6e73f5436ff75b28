package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/hometest"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "providers.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProvidersApply: many at once, to a running server and to a data folder.
func TestProvidersApply(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	p := hometest.Register(t, s, "ada")
	const batch = `providers:
  - {id: okta, issuer: https://corp.okta.com, clientId: a, clientSecret: of-okta, domains: [corp.example], claim: groups, roles: {admins: ADMIN}}
  - {id: google, clientId: b, clientSecret: of-google, enabled: false}
`
	remote := []string{"--server", s.url, "--token", p.Token}
	if status, said := command(t, append([]string{"providers", "apply", "--dry-run", file(t, batch)}, remote...)...); status != 0 || strings.Count(said, "would be made") != 2 {
		t.Fatalf("%d %s", status, said)
	}
	if status, said := command(t, append([]string{"providers", "list"}, remote...)...); status != 0 || said != "" {
		t.Fatalf("after a dry run: %d %s", status, said)
	}
	if status, said := command(t, append([]string{"providers", "apply", file(t, batch)}, remote...)...); status != 0 || !strings.Contains(said, "okta: made") || strings.Contains(said, "of-okta") {
		t.Fatalf("%d %s", status, said)
	}
	if status, said := command(t, append([]string{"providers", "list"}, remote...)...); status != 0 || !strings.Contains(said, "okta: Okta, on (https://corp.okta.com)") || !strings.Contains(said, "google: Google, off") {
		t.Fatalf("%d %s", status, said)
	}
	if status, said := command(t, "providers", "list", "--data", data); status == 0 || !strings.Contains(said, "--server") {
		t.Errorf("beside a running server: %d %s", status, said)
	}
	s.stop()
	own := file(t, `{"providers": [{"id": "okta", "workspace": "`+p.Workspace+`", "issuer": "https://corp.okta.com", "clientId": "c"}]}`)
	if status, said := command(t, "providers", "apply", "--data", data, own); status != 0 || !strings.Contains(said, p.Workspace+" okta: changed") {
		t.Fatalf("%d %s", status, said)
	}
	if status, said := command(t, "providers", "list", "--data", data); status != 0 || strings.Count(said, p.Workspace) != 2 {
		t.Errorf("%d %s", status, said)
	}
	nowhere := file(t, `{"providers": [{"id": "okta", "workspace": "wsp_0190aaaa-0000-7000-8000-000000000000", "issuer": "https://corp.okta.com", "clientId": "c", "clientSecret": "s"}]}`)
	if status, said := command(t, "providers", "apply", "--data", data, nowhere); status != 1 || !strings.Contains(said, "there is no workspace") {
		t.Errorf("%d %s", status, said)
	}
}

// TestProvidersRefused: nothing is applied of a file that is not right, and no secret is quoted.
func TestProvidersRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"no file of ours":   {"\t{", "neither JSON nor YAML"},
		"an unknown field":  {`{"providers": [{"id": "okta", "secret": "a-secret"}]}`, "not as it should be"},
		"nobody":            {`{"providers": []}`, "names no providers"},
		"another provider":  {`{"providers": [{"id": "keycloak", "clientId": "a", "issuer": "https://a.example", "clientSecret": "a-secret"}]}`, "id must be"},
		"no issuer":         {`{"providers": [{"id": "okta", "clientId": "a", "clientSecret": "a-secret"}]}`, "/issuer"},
		"twice":             {`{"providers": [{"id": "google", "clientId": "a"}, {"id": "google", "clientId": "b"}]}`, "twice"},
		"a workspace":       {`{"providers": [{"id": "google", "clientId": "a", "workspace": "wsp_1"}]}`, "leave it out"},
		"no such variable":  {`{"providers": [{"id": "google", "clientId": "a", "clientSecretEnv": "NOT_SET"}]}`, "NOT_SET"},
		"a role of theirs":  {`{"providers": [{"id": "google", "clientId": "a", "claim": "groups", "roles": {"a": "OWNER"}}]}`, "/roles"},
		"a list as a text":  {`{"providers": [{"id": "google", "clientId": "a", "domains": "a.example"}]}`, "not as it should be"},
		"keys of a number":  {"1: 2\n", "keys that are no text"},
		"more than is read": {strings.Repeat("#", maxProvidersFile+1), "larger than"},
	} {
		_, err := readProviders(strings.NewReader(c.text), func(string) string { return "" }, true)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "a-secret") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	all, err := readProviders(strings.NewReader("providers: [{id: google, clientId: a, clientSecretEnv: SECRET}]"), func(name string) string { return "of-" + name }, true)
	if err != nil || all[0].body()["clientSecret"] != "of-SECRET" || !all[0].provider().JIT || !all[0].provider().Enabled {
		t.Errorf("%+v %v", all, err)
	}
}
