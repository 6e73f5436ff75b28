package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/grant"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/infra/cdk/stack"
	"github.com/apiq/apiq/shared/route"
)

// TestRoutes: the API's routes are the table's, each to the alias of its function.
func TestRoutes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		want := map[string]string{stack.Default: "fallback"}
		for _, r := range route.Table() {
			for _, method := range r.Methods() {
				want[method+" "+strings.ReplaceAll(r.Path, "...}", "+}")] = r.ID
			}
		}
		have := map[string]string{}
		for _, r := range a.of("AWS::ApiGatewayV2::Route") {
			key := text(r.Properties["RouteKey"])
			if _, twice := have[key]; twice {
				t.Errorf("%s is there twice", key)
			}
			have[key] = a.behind(t, r)
			if text(r.Properties["AuthorizationType"]) != "NONE" {
				t.Errorf("%s: authorisation is the function's", key)
			}
		}
		if !maps.Equal(have, want) {
			t.Errorf("routes\n%v\nwant\n%v", have, want)
		}
	})
}

// behind is the function that a route leads to, by its integration and alias, and
// that API Gateway may call it for this route.
func (a assembly) behind(t *testing.T, r resource) string {
	t.Helper()
	resources := a.templates[r.Stack].Resources
	integration := resources[strings.TrimSuffix(strings.TrimPrefix(text(r.Properties["Target"]), "integrations/${"), "}")]
	alias := resources[strings.Trim(text(integration.Properties["IntegrationUri"]), "${}")]
	if alias.Type != "AWS::Lambda::Alias" || integration.Properties["PayloadFormatVersion"] != "2.0" {
		t.Errorf("%s leads to %s", r.ID, alias.Type)
		return ""
	}
	_, path, _ := strings.Cut(text(r.Properties["RouteKey"]), " ")
	if path == "" {
		path = "/" + stack.Default
	}
	permitted := false
	for _, p := range resources {
		if p.Type == "AWS::Lambda::Permission" && strings.Trim(text(p.Properties["FunctionName"]), "${}") == alias.ID && text(p.Properties["Principal"]) == "apigateway.amazonaws.com" {
			source := text(p.Properties["SourceArn"])
			permitted = strings.HasSuffix(source, "/*/*"+path) || strings.HasSuffix(source, "/*"+path)
		}
	}
	if !permitted {
		t.Errorf("API Gateway may not call the function of %s", path)
	}
	return a.functionOf(alias)
}

// functionOf is the id of the function that an alias is of.
func (a assembly) functionOf(alias resource) string {
	function := a.templates[alias.Stack].Resources[strings.Trim(text(alias.Properties["FunctionName"]), "${}")]
	return strings.TrimPrefix(text(function.Properties["FunctionName"]), a.names.Of(""))
}

// TestFunctions: each function of the table is there once, as its row says.
func TestFunctions(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		aliases := map[string]int{}
		for _, alias := range a.of("AWS::Lambda::Alias") {
			if alias.Properties["Name"] != names.Alias {
				t.Errorf("an alias %v", alias.Properties["Name"])
			}
			aliases[a.functionOf(alias)]++
			group := text(at(alias.UpdatePolicy, "CodeDeployLambdaAliasUpdate", "DeploymentGroupName"))
			if id := a.functionOf(alias); id != "task-migrate" && group != a.names.Function(id) {
				t.Errorf("%s is moved by %s", id, group)
			}
		}
		for _, f := range route.Functions() {
			r := a.one(t, "AWS::Lambda::Function", "FunctionName", a.names.Function(f.ID))
			p := r.Properties
			if text(p["Architectures"]) != `["arm64"]` || p["Runtime"] != "provided.al2023" || p["MemorySize"] != float64(f.MemoryMB) ||
				p["Timeout"] != f.Timeout.Seconds() || at(p, "TracingConfig", "Mode") != "Active" {
				t.Errorf("%s: %v", f.ID, p)
			}
			if aliases[f.ID] != 1 {
				t.Errorf("%s has %d aliases", f.ID, aliases[f.ID])
			}
			if f.Kind == route.KindEvent {
				if text(at(p, "DeadLetterConfig", "TargetArn")) != names.QueueARN(a.names.DeadEvents()) {
					t.Errorf("%s: events that fail are lost", f.ID)
				}
			}
		}
		if have, want := len(a.of("AWS::Lambda::EventInvokeConfig")), count(route.KindEvent); have != want {
			t.Errorf("%d retry policies for %d functions that events call", have, want)
		}
	})
}

func count(kind route.Kind) int {
	n := 0
	for _, f := range route.Functions() {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

// TestEveryLambda: those of the CDK's helpers, too, have logs that end, and run on
// arm64 unless a reason is given.
func TestEveryLambda(t *testing.T) {
	t.Parallel()
	onIntel := map[string]string{
		"Custom::CDKBucketDeployment": "its AWS command line is a layer that the CDK builds for x86_64 only; it runs for seconds in a deployment",
	}
	both(t, func(t *testing.T, a assembly) {
		for _, r := range a.of("AWS::Lambda::Function") {
			group := strings.Trim(text(at(r.Properties, "LoggingConfig", "LogGroup")), "${}")
			log := a.templates[r.Stack].Resources[group]
			if log.Type != "AWS::Logs::LogGroup" || log.Properties["RetentionInDays"] != float64(a.cfg.LogDays()) {
				t.Errorf("%s: log %s %v", r.path(), log.Type, log.Properties)
			}
			excused := slices.ContainsFunc(slices.Collect(maps.Keys(onIntel)), func(prefix string) bool { return strings.HasPrefix(r.path(), prefix) })
			if text(r.Properties["Architectures"]) != `["arm64"]` && !excused {
				t.Errorf("%s runs on %v", r.path(), r.Properties["Architectures"])
			}
		}
		for _, log := range a.of("AWS::Logs::LogGroup") {
			if log.Properties["RetentionInDays"] != float64(a.cfg.LogDays()) {
				t.Errorf("%s is kept for %v days", log.path(), log.Properties["RetentionInDays"])
			}
		}
	})
}

// TestEnvironment: what a function is told is what its row asks for. In prod all is
// chosen, so that all is there.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	optional := map[string][]string{
		"dev": {"APIQ_QUOTAS", "APIQ_KEEP_RUNS_DAYS", "APIQ_MAIL_FROM", "APIQ_DNS", "APIQ_EGRESS_ALLOW", "SIGNIN_SECRET", "OPENAI_API_KEY_SECRET", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_PRICE_INPUT", "OPENAI_PRICE_OUTPUT", "SPEC_CACHE_TTL_HOURS", "SPEC_MAX_BYTES", "SPEC_FETCH_TIMEOUT_SECONDS"},
		// Never set on AWS: names are asked of its own resolver, nothing is excepted from the guard.
		"prod": {"APIQ_DNS", "APIQ_EGRESS_ALLOW"},
	}
	optional["dev"] = append(optional["dev"], route.SignInVariables()...)
	both(t, func(t *testing.T, a assembly) {
		for _, f := range route.Functions() {
			r := a.one(t, "AWS::Lambda::Function", "FunctionName", a.names.Function(f.ID))
			have, _ := at(r.Properties, "Environment", "Variables").(map[string]any)
			want := map[string]bool{}
			for _, name := range f.Variables() {
				if !slices.Contains(optional[a.cfg.Env], name) {
					want[name] = true
				}
			}
			for name := range want {
				if text(have[name]) == "" || have[name] == nil {
					t.Errorf("%s is not told %s", f.ID, name)
				}
			}
			for name := range have {
				if !want[name] {
					t.Errorf("%s is told %s", f.ID, name)
				}
			}
		}
	})
}

// TestRoles: a function's role allows what its needs say, and what every function
// needs of Lambda; nothing else, and by no other policy.
func TestRoles(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		for _, f := range route.Functions() {
			function := a.one(t, "AWS::Lambda::Function", "FunctionName", a.names.Function(f.ID))
			role := a.templates[function.Stack].Resources[strings.TrimSuffix(strings.TrimPrefix(text(function.Properties["Role"]), "${"), ".Arn}")]
			if role.Type != "AWS::IAM::Role" || role.Properties["ManagedPolicyArns"] != nil {
				t.Errorf("%s: %v", f.ID, role)
			}
			var want []string
			for _, s := range f.Needs.Statements() {
				switch {
				case s.Target == route.TargetMail && a.cfg.MailFrom == "", s.Target == route.TargetModelKey && a.cfg.OpenAIKeySecret == "",
					s.Target == route.TargetSignIns && a.cfg.SignInSecret == "",
					s.Target == route.TargetOwnKeys && len(a.cfg.OwnKeys) == 0, s.Target == route.TargetSinkRoles && len(a.cfg.SinkRoles) == 0:
					continue
				}
				want = append(want, s.Actions...)
			}
			for _, s := range grant.Platform(a.names, f) {
				want = append(want, s.Actions...)
			}
			var have []string
			for _, s := range policyOf(role) {
				have = append(have, texts(at(s, "Action"))...)
			}
			slices.Sort(want)
			slices.Sort(have)
			if !slices.Equal(have, want) {
				t.Errorf("%s may\n%v\nwant\n%v", f.ID, have, want)
			}
			statements, err := grant.Function(a.names, a.cfg, f)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range policyOf(role) {
				if !slices.Equal(texts(at(s, "Resource")), statements[i].Resources) || len(conditions(s)) != len(statements[i].Conditions) {
					t.Errorf("%s: statement %d is %v, want %v", f.ID, i, s, statements[i])
				}
			}
		}
		// A policy beside the roles could give them more.
		for _, p := range a.of("AWS::IAM::Policy") {
			if !strings.HasPrefix(p.path(), "Custom::CDKBucketDeployment") {
				t.Errorf("a policy of its own: %s", p.path())
			}
		}
	})
}

func policyOf(role resource) []any {
	list, _ := at(role.Properties, "Policies", 0, "PolicyDocument", "Statement").([]any)
	return list
}

func conditions(statement any) map[string]any {
	m, _ := at(statement, "Condition").(map[string]any)
	return m
}
