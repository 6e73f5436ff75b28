package config_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/config"
)

func from(values map[string]string) config.Lookup {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]struct {
		keeps         bool
		logs, archive int
	}{"": {false, 7, 1}, "dev": {false, 7, 1}, "staging": {true, 30, 1}, "prod": {true, 30, 365}} {
		c, err := config.Read(from(map[string]string{"env": env}))
		if err != nil {
			t.Fatal(err)
		}
		if c.Keeps() != want.keeps || c.LogDays() != want.logs || c.ArchiveDays != want.archive || c.OriginGeneration != 1 || c.Waf {
			t.Errorf("%q: %+v", env, c)
		}
	}
}

func TestOwnKeys(t *testing.T) {
	t.Parallel()
	const a, b = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012", "arn:aws:kms:eu-central-1:444455556666:key/mrk-0123456789abcdef0123456789abcdef"
	c, err := config.Read(from(map[string]string{"ownKeys": a + ", " + b}))
	if err != nil || len(c.OwnKeys) != 2 || c.OwnKeys[0] != a || c.OwnKeys[1] != b {
		t.Errorf("%v, %v", c.OwnKeys, err)
	}
}

// TestFaults: all are told at once.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values map[string]string
		want   []string
	}{
		"environment":            {map[string]string{"env": "production"}, []string{"env must be"}},
		"domain alone":           {map[string]string{"domain": "apiq.example.com"}, []string{"go together"}},
		"certificate elsewhere":  {map[string]string{"domain": "apiq.example.com", "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/1a"}, []string{"us-east-1"}},
		"zone of another domain": {map[string]string{"domain": "a.example.org", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1a", "zone": "Z1", "zoneName": "example.com"}, []string{"in the zone"}},
		"URL for a secret":       {map[string]string{"pagerDuty": "https://events.pagerduty.com/integration/abc/enqueue"}, []string{"never the URL"}},
		"no price":               {map[string]string{"openaiPriceInput": "-1", "openaiPriceOutput": "2"}, []string{"openaiPriceInput must be"}},
		"half a price":           {map[string]string{"openaiPriceInput": "1"}, []string{"go together"}},
		"client secret apart":    {map[string]string{"oktaClientId": "o"}, []string{"oktaClientId needs signinSecret"}},
		"secret for a secret":    {map[string]string{"signinSecret": "sk-abc"}, []string{"never a secret itself"}},
		"key for a secret":       {map[string]string{"openaiKeySecret": "sk-abc"}, []string{"never the key"}},
		"table of another":       {map[string]string{"env": "prod", "table": "apiq-dev-table"}, []string{"table of this environment"}},
		"an alias for a key":     {map[string]string{"ownKeys": "arn:aws:kms:eu-central-1:111122223333:alias/x"}, []string{"ownKeys"}},
		"a bucket for a role":    {map[string]string{"sinkRoles": "arn:aws:s3:::audit"}, []string{"sinkRoles"}},
		"every role":             {map[string]string{"sinkRoles": "arn:aws:iam::111122223333:role/*"}, []string{"sinkRoles"}},
		"every key":              {map[string]string{"ownKeys": "arn:aws:kms:eu-central-1:111122223333:key/*"}, []string{"ownKeys"}},
		"several":                {map[string]string{"waf": "maybe", "archiveDays": "0", "mailFrom": "nobody", "logLevel": "loud", "specMaxBytes": "1"}, []string{"waf", "specMaxBytes", "archiveDays", "mailFrom", "logLevel"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Read(from(c.values))
			if err == nil {
				t.Fatal("no fault")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not tell of %q", err, want)
				}
			}
		})
	}
}
