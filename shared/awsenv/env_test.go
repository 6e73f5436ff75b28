package awsenv_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/awsenv"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	e, err := awsenv.Load(map[string]string{"AWS_REGION": "eu-central-1", "APIQ_TABLE": "t", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_SESSION_TOKEN": "canary", "APIQ_ORIGIN_SECRET": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	if e.Table != "t" || e.CacheTTL().Hours() != 24 || e.FetchTimeout().Seconds() != 10 || e.LogLevel != "info" {
		t.Errorf("%+v", e)
	}
	if s := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(s, "canary") {
		t.Error("a secret prints itself")
	}
	cfg := e.AWS()
	got, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || got.SecretAccessKey != "canary" || cfg.Region != "eu-central-1" {
		t.Errorf("%v %v", cfg.Region, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string]map[string]string{
		"AWS_REGION":                 {},
		"SPEC_CACHE_TTL_HOURS":       {"AWS_REGION": "x", "SPEC_CACHE_TTL_HOURS": "-1"},
		"OPENAI_PRICE_INPUT":         {"AWS_REGION": "x", "OPENAI_PRICE_INPUT": "-1"},
		"OPENAI_PRICE_OUTPUT":        {"AWS_REGION": "x", "OPENAI_PRICE_INPUT": "1"},
		"SPEC_FETCH_TIMEOUT_SECONDS": {"AWS_REGION": "x", "SPEC_FETCH_TIMEOUT_SECONDS": "0"},
		"SpecMaxBytes":               {"AWS_REGION": "x", "SPEC_MAX_BYTES": "64 canary"},
	} {
		if _, err := awsenv.Load(environ); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := awsenv.Require("A", "", "B", "x", "C", ""); err == nil || !strings.Contains(err.Error(), "A must") || strings.Contains(err.Error(), "B must") || !strings.Contains(err.Error(), "C must") {
		t.Error(err)
	}
}

// TestDocumented: docs/configuration.md names each variable of a function.
func TestDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[awsenv.Env]().NumField() {
		name := reflect.TypeFor[awsenv.Env]().Field(i).Tag.Get("env")
		if name != "" && !strings.Contains(string(raw), "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
}
