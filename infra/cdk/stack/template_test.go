package stack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/infra/cdk/stack"
	"github.com/apiq/apiq/shared/route"
)

// plain has nothing chosen; full has all that can be.
var (
	plain = map[string]string{"env": "dev"}
	full  = map[string]string{
		"env": "prod", "domain": "apiq.example.com", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1a2b",
		"zone": "Z0123456789", "zoneName": "example.com", "waf": "true", "table": "apiq-prod-restored-1", "pagerDuty": "pagerduty/apiq", "alarmMail": "ops@example.com",
		"mailFrom": "apiq@example.com", "openaiKeySecret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-AbCdEf",
		"signinSecret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:signin-AbCdEf", "oktaIssuer": "https://corp.okta.com", "oktaClientId": "o", "googleClientId": "g",
		"azureAdTenantId": "11111111-2222-3333-4444-555555555555", "azureAdClientId": "a", "genericOidcName": "Corp", "genericOidcIssuer": "https://sso.example.com", "genericOidcClientId": "k",
		"signinWorkspace": "wsp_0190aaaa-0000-7000-8000-000000000000", "signinDomains": "example.com", "signinNewAccounts": "false", "signinRoleClaim": "groups", "signinRoles": "admins=ADMIN", "signinTrustEmail": "azure",
		"openaiBaseUrl": "https://models.example.com/v1", "openaiModel": "m", "openaiPriceInput": "0.25", "openaiPriceOutput": "2", "specMaxBytes": "1048576", "specCacheTtlHours": "1", "specFetchTimeoutSeconds": "5",
		"quotas": "requests=6000", "keepRunsDays": "365", "ownKeys": "arn:aws:kms:us-east-1:210987654321:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
		"sinkRoles": "arn:aws:iam::210987654321:role/apiq-audit",
	}
)

// assembly is what one synthesis wrote.
type assembly struct {
	cfg       config.Config
	names     names.Names
	dir       string
	templates map[string]template // by stack
	err       error
}

type template struct {
	Resources map[string]resource
	Rules     map[string]any
}

type resource struct {
	ID           string `json:"-"`
	Stack        string `json:"-"`
	Type         string
	Properties   map[string]any
	Metadata     map[string]any
	UpdatePolicy map[string]any
	DependsOn    any
	// DeletionPolicy is Retain for what outlives its stack.
	DeletionPolicy string
}

// path is the construct's path without the stack.
func (r resource) path() string {
	path, _ := r.Metadata["aws:cdk:path"].(string)
	_, rest, _ := strings.Cut(path, "/")
	return rest
}

// jsii starts one process for all: syntheses go one after the other, each once.
var (
	syntheses sync.Mutex
	roots     []string
	dev       = sync.OnceValue(func() assembly { return synthesise(plain, true) })
	prod      = sync.OnceValue(func() assembly { return synthesise(full, true) })
	unbuilt   = sync.OnceValue(func() assembly { return synthesise(plain, false) })
)

// TestMain ends the one process, and leaves no assemblies behind.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	for _, root := range roots {
		_ = os.RemoveAll(root)
	}
	os.Exit(code)
}

// built is an assembly, or the end of the test.
func built(t *testing.T, of func() assembly) assembly {
	t.Helper()
	a := of()
	if a.err != nil {
		t.Fatal(a.err)
	}
	return a
}

// both runs a test on an environment with nothing chosen, and on one with all.
func both(t *testing.T, test func(t *testing.T, a assembly)) {
	t.Helper()
	for name, of := range map[string]func() assembly{"dev": dev, "prod": prod} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, built(t, of))
		})
	}
}

func synthesise(values map[string]string, functions bool) assembly {
	syntheses.Lock()
	defer syntheses.Unlock()
	root, err := repository(functions)
	if err != nil {
		return assembly{err: err}
	}
	roots = append(roots, root)
	cfg, err := config.Read(func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	if err != nil {
		return assembly{err: err}
	}
	a := assembly{cfg: cfg, names: names.Names{Env: cfg.Env, Restored: cfg.Table}, dir: filepath.Join(root, "out"), templates: map[string]template{}}
	flags, err := flags()
	if err != nil {
		return assembly{err: err}
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(a.dir), Context: &flags, AnalyticsReporting: jsii.Bool(false)})
	if _, err := stack.New(app, cfg, root); err != nil {
		return assembly{err: err}
	}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
	app.Synth(nil)
	files, err := filepath.Glob(filepath.Join(a.dir, "*.template.json"))
	if err != nil {
		return assembly{err: err}
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return assembly{err: err}
		}
		var t template
		if err := json.Unmarshal(raw, &t); err != nil {
			return assembly{err: fmt.Errorf("%s: %w", file, err)}
		}
		name := strings.TrimSuffix(filepath.Base(file), ".template.json")
		for id, r := range t.Resources {
			r.ID, r.Stack = id, name
			t.Resources[id] = r
		}
		a.templates[name] = t
	}
	return a
}

// repository is a root with what a synthesis reads: the builds, if wanted.
func repository(functions bool) (string, error) {
	root, err := os.MkdirTemp("", "apiq-cdk-test-")
	if err != nil {
		return "", err
	}
	files := map[string]string{}
	if functions {
		files["dashboard/dist/index.html"] = "<!doctype html>"
		for _, f := range route.Functions() {
			files["build/functions/"+f.ID+"/bootstrap"] = f.ID
		}
	}
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	return root, nil
}

// flags are the feature flags of cdk.json, which the command line would hand over.
func flags() (map[string]any, error) {
	raw, err := os.ReadFile("../../../cdk.json")
	if err != nil {
		return nil, err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	file.Context["aws:cdk:enable-path-metadata"] = true
	return file.Context, nil
}

// of lists the resources of a type, in all stacks, in one order.
func (a assembly) of(kind string) []resource {
	var all []resource
	for _, name := range slices.Sorted(maps.Keys(a.templates)) {
		t := a.templates[name]
		for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
			if r := t.Resources[id]; r.Type == kind {
				all = append(all, r)
			}
		}
	}
	return all
}

// one is the resource of a type whose property has a value.
func (a assembly) one(t *testing.T, kind, property, value string) resource {
	t.Helper()
	var found []resource
	for _, r := range a.of(kind) {
		if text(r.Properties[property]) == value {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of %s with %s = %s, want one", len(found), kind, property, value)
	}
	return found[0]
}

// text writes a value as package names does: pseudo parameters as ${…}, and the
// key's ARN, however it is referred to, as names.Key.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(v)
	case bool:
		return fmt.Sprint(v)
	case map[string]any:
		for name, value := range v {
			switch name {
			case "Ref":
				return "${" + value.(string) + "}"
			case "Fn::Sub":
				if s, ok := value.(string); ok {
					return s
				}
				parts := value.([]any)
				out := parts[0].(string)
				for variable, with := range parts[1].(map[string]any) {
					out = strings.ReplaceAll(out, "${"+variable+"}", text(with))
				}
				return out
			case "Fn::Join":
				parts := value.([]any)
				var all []string
				for _, one := range parts[1].([]any) {
					all = append(all, text(one))
				}
				return strings.Join(all, parts[0].(string))
			case "Fn::GetAtt":
				parts := value.([]any)
				if strings.HasPrefix(parts[0].(string), "Key") && parts[1] == "Arn" {
					return names.Key
				}
				return "${" + parts[0].(string) + "." + text(parts[1]) + "}"
			case "Fn::ImportValue":
				if strings.Contains(text(value), "data:ExportsOutputFnGetAttKey") {
					return names.Key
				}
				return "${import " + text(value) + "}"
			}
		}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// texts is a value that may be one or a list.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil
		}
		return []string{text(v)}
	}
	var all []string
	for _, one := range list {
		all = append(all, text(one))
	}
	return all
}

// at walks into maps and lists.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}
