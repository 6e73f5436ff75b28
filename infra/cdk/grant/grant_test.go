package grant_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
)

// TestOneKeyTwoPurposes: under one key, who may read blobs can not unwrap data keys,
// and the other way round.
func TestOneKeyTwoPurposes(t *testing.T) {
	t.Parallel()
	n := names.Names{Env: "dev"}
	onKey := func(needs route.Needs) []grant.Statement {
		all, err := grant.Needs(n, config.Config{}, needs)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(s grant.Statement) bool { return !slices.Contains(s.Resources, names.Key) })
	}
	for _, s := range onKey(route.Needs{Blob: route.Write, Archive: true}) {
		if !slices.Equal(s.Conditions["StringEquals"]["kms:ViaService"], []string{"s3.${AWS::Region}.amazonaws.com"}) {
			t.Errorf("blobs: %v", s)
		}
	}
	for _, s := range onKey(route.Needs{Secret: route.Write}) {
		c := s.Conditions["StringEquals"]
		if !slices.Equal(c["kms:EncryptionContext:app"], []string{"apiq"}) || !slices.Equal(c["kms:EncryptionContext:purpose"], []string{"credentials"}) {
			t.Errorf("credentials: %v", s)
		}
	}
	for _, s := range onKey(route.Needs{Table: route.Write, Engine: route.Write, Mail: true, Publish: true}) {
		t.Errorf("the table alone needs no grant on the key: %v", s)
	}
}

// TestRefusedReads: who reads writes the audit trail, and nothing else of the table.
func TestRefusedReads(t *testing.T) {
	t.Parallel()
	n := names.Names{Env: "dev"}
	f, _ := route.FunctionByID("logs-list")
	all, err := grant.Function(n, config.Config{}, f)
	if err != nil {
		t.Fatal(err)
	}
	wrote := 0
	for _, s := range all {
		if slices.Contains(s.Actions, "dynamodb:PutItem") {
			t.Errorf("it writes: %v", s)
		}
		if slices.Contains(s.Actions, "dynamodb:UpdateItem") {
			wrote++
			keys := s.Conditions["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
			if len(s.Actions) != 1 || !slices.Equal(keys, route.TrailKeys()) || !slices.Equal(s.Resources, []string{n.TableARN()}) {
				t.Errorf("%v", s)
			}
		}
	}
	if wrote != 1 {
		t.Errorf("%d statements that write", wrote)
	}
}

// TestPassRole: a role can be given to the one service that it is for.
func TestPassRole(t *testing.T) {
	t.Parallel()
	all, err := grant.Needs(names.Names{Env: "dev"}, config.Config{}, route.Needs{Engine: route.Write, Schedule: route.Write})
	if err != nil {
		t.Fatal(err)
	}
	services := map[string]string{}
	for _, s := range all {
		if slices.Contains(s.Actions, "iam:PassRole") {
			services[s.Resources[0]] = strings.Join(s.Conditions["StringEquals"]["iam:PassedToService"], " ")
		}
	}
	n := names.Names{Env: "dev"}
	if len(services) != 2 || services[names.RoleARN(n.StatesRole())] != "states.amazonaws.com" || services[names.RoleARN(n.ClockRole())] != "scheduler.amazonaws.com" {
		t.Errorf("%v", services)
	}
}

// TestEveryRow: there is a rule for everything that a row asks for, and a reason for
// every wildcard in one.
func TestEveryRow(t *testing.T) {
	t.Parallel()
	c := config.Config{MailFrom: "apiq@example.com", OpenAIKeySecret: "arn:aws:secretsmanager:us-east-1:123456789012:secret:k",
		SignInSecret: "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}
	for _, f := range route.Functions() {
		all, err := grant.Function(names.Names{Env: "dev"}, c, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if actions, resources := s.Wildcards(); len(actions)+len(resources) > 0 && len(s.Why) < 20 || len(s.Resources) == 0 {
				t.Errorf("%s: %v", f.ID, s)
			}
		}
	}
}
