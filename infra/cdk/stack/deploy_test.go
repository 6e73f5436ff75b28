package stack_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/infra/cdk/stack"
	"github.com/apiq/apiq/shared/route"
)

// TestThrottles: every route has its own, from its row; the gateway's is for all
// callers together, so it is never below what one may have, up to the account's.
func TestThrottles(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		stage := a.one(t, "AWS::ApiGatewayV2::Stage", "StageName", "$default")
		settings, _ := stage.Properties["RouteSettings"].(map[string]any)
		want := 1
		for _, r := range route.Table() {
			rate, burst := stack.Throttle(r.Rate)
			for _, method := range r.Methods() {
				want++
				key := method + " " + strings.ReplaceAll(r.Path, "...}", "+}")
				if at(settings[key], "ThrottlingRateLimit") != rate || at(settings[key], "ThrottlingBurstLimit") != float64(burst) {
					t.Errorf("%s: %v, want %v, %v", key, settings[key], rate, burst)
				}
			}
			key := r.ID
			if rate < float64(r.Rate.PerMinute)/60 || burst < min(r.Rate.Burst, 5000) || rate > 10_000 || burst > 5000 {
				t.Errorf("%s: %v a second and %d at once", key, rate, burst)
			}
		}
		if len(settings) != want || settings[stack.Default] == nil {
			t.Errorf("%d settings for %d routes", len(settings), want)
		}
		for _, api := range a.of("AWS::ApiGatewayV2::Api") {
			if api.Properties["CorsConfiguration"] != nil {
				t.Error("CORS is on")
			}
		}
		if text(at(stage.Properties, "AccessLogSettings", "DestinationArn")) == "" {
			t.Error("no access log")
		}
	})
}

// TestCanary: deployments are taken back by alarms that are there.
func TestCanary(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		strategy := "CodeDeployDefault.LambdaAllAtOnce"
		if a.cfg.Env == "prod" {
			strategy = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
		}
		groups := a.of("AWS::CodeDeploy::DeploymentGroup")
		if len(groups) != len(route.Functions())-1 {
			t.Errorf("%d groups for %d functions", len(groups), len(route.Functions())-1)
		}
		for _, g := range groups {
			alarms, _ := at(g.Properties, "AlarmConfiguration", "Alarms").([]any)
			if g.Properties["DeploymentConfigName"] != strategy || at(g.Properties, "AutoRollbackConfiguration", "Enabled") != true || len(alarms) < 3 || len(alarms) > 10 {
				t.Errorf("%s: %v", g.path(), g.Properties)
			}
			for _, alarm := range alarms {
				a.one(t, "AWS::CloudWatch::Alarm", "AlarmName", text(at(alarm, "Name")))
			}
		}
	})
}

// TestOrder: data is there before what uses it, items are migrated before any alias
// moves, and people see a release last.
func TestOrder(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		raw, err := os.ReadFile(filepath.Join(a.dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var manifest struct {
			Artifacts map[string]struct {
				Type         string
				Dependencies []string
			}
		}
		if err := json.Unmarshal(raw, &manifest); err != nil {
			t.Fatal(err)
		}
		var after func(stack, before string) bool
		after = func(stack, before string) bool {
			return slices.ContainsFunc(manifest.Artifacts[stack].Dependencies, func(d string) bool { return d == before || after(d, before) })
		}
		chain := []string{"data", "api", "dashboard", "watch", "migration", "functions-*", "workflows", "release"}
		for _, name := range a.stacks() {
			part := strings.TrimPrefix(name, a.names.Of(""))
			if strings.HasPrefix(part, "functions-") {
				for _, before := range []string{"data", "migration"} {
					if !after(name, a.names.Stack(before)) {
						t.Errorf("%s does not wait for %s", name, before)
					}
				}
				if !after(a.names.Stack("release"), name) || !after(a.names.Stack("workflows"), name) {
					t.Errorf("a release does not wait for %s", name)
				}
			} else if !slices.Contains(chain, part) {
				t.Errorf("%s has no place", name)
			}
		}
		if !after(a.names.Stack("migration"), a.names.Stack("watch")) || !after(a.names.Stack("release"), a.names.Stack("workflows")) {
			t.Error("order")
		}
	})
}

// TestMigrationRuns: by a custom resource that names the version of its code.
func TestMigrationRuns(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		triggers := a.of("Custom::Trigger")
		if len(triggers) != 1 || triggers[0].Stack != a.names.Stack("migration") {
			t.Fatalf("%v", triggers)
		}
		version := a.templates[triggers[0].Stack].Resources[strings.Trim(text(triggers[0].Properties["HandlerArn"]), "${}")]
		if version.Type != "AWS::Lambda::Version" || triggers[0].Properties["InvocationType"] != "RequestResponse" {
			t.Errorf("%v", triggers[0].Properties)
		}
	})
}

// TestMachines: no name is left in a definition that nobody fills in, and the
// functions that it calls are there.
func TestMachines(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		machines := a.of("AWS::StepFunctions::StateMachine")
		if len(machines) < 4 {
			t.Errorf("%d machines", len(machines))
		}
		for _, m := range machines {
			definition := text(m.Properties["DefinitionString"])
			substitutions, _ := m.Properties["DefinitionSubstitutions"].(map[string]any)
			for name, arn := range substitutions {
				definition = strings.ReplaceAll(definition, "${"+name+"}", text(arn))
				id := strings.TrimSuffix(strings.TrimPrefix(text(arn), a.names.FunctionARN("")), ":"+names.Alias)
				if _, ok := route.FunctionByID(id); !ok {
					t.Errorf("%s calls %s", m.path(), text(arn))
				}
			}
			for _, left := range strings.Split(definition, "${")[1:] {
				if !strings.HasPrefix(left, "AWS::") {
					t.Errorf("%s: ${%.20s… is left", m.path(), left)
				}
			}
			if at(m.Properties, "TracingConfiguration", "Enabled") != true || at(m.Properties, "LoggingConfiguration", "Level") != "ALL" {
				t.Errorf("%s: %v", m.path(), m.Properties)
			}
		}
		if n := len(a.of("AWS::Scheduler::Schedule")); n != len(stack.Schedules()) {
			t.Errorf("%d schedules", n)
		}
		for _, s := range a.of("AWS::Scheduler::Schedule") {
			if at(s.Properties, "Target", "DeadLetterConfig", "Arn") == nil {
				t.Errorf("%s: what cannot be delivered is lost", s.path())
			}
		}
	})
}

// TestRules: whoever a rule calls allows it, and what cannot be delivered is kept.
func TestRules(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		permitted := map[string]string{}
		for _, p := range a.of("AWS::Lambda::Permission") {
			permitted[text(p.Properties["SourceArn"])] = text(p.Properties["FunctionName"])
		}
		calls := map[string]int{}
		for _, r := range a.of("AWS::Events::Rule") {
			target := text(at(r.Properties, "Targets", 0, "Arn"))
			name := text(r.Properties["Name"])
			if text(r.Properties["EventBusName"]) != "null" {
				name = a.names.Bus() + "/" + name
			}
			if !strings.Contains(target, ":function:") {
				if target != names.QueueARN(a.names.DeadEvents()) { // its policy lets rules in
					t.Errorf("%s leads to %s", name, target)
				}
				continue
			}
			calls[target]++
			if permitted[names.EventsARN("rule/"+name)] != target {
				t.Errorf("%s may not call %s", name, target)
			}
			if text(at(r.Properties, "Targets", 0, "DeadLetterConfig", "Arn")) != names.QueueARN(a.names.DeadEvents()) {
				t.Errorf("%s: what cannot be delivered is lost", name)
			}
		}
		for id, n := range map[string]int{"event-webhook": 1, "event-bus": 1, "event-run": 2} {
			if calls[a.names.AliasARN(id)] != n {
				t.Errorf("%d rules call %s", calls[a.names.AliasARN(id)], id)
			}
		}
		a.one(t, "AWS::Events::Rule", "Name", a.names.RunFailedRule()) // the alarm counts by it
		filter := a.of("AWS::Logs::SubscriptionFilter")
		if len(filter) != 1 || text(filter[0].Properties["DestinationArn"]) != a.names.AliasARN("event-history") {
			t.Errorf("%v", filter)
		}
	})
}

// TestEventNames: they are kept here because the packages that own them are no pure data.
func TestEventNames(t *testing.T) {
	t.Parallel()
	for file, line := range map[string]string{
		"trigger/trigger.go":         `WebhookReceived = "` + names.WebhookReceived + `"`,
		"trigger/eventbridge/bus.go": `Source = "` + names.EventSource + `"`,
	} {
		source, err := os.ReadFile(filepath.Join("../../../shared", file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), line) {
			t.Errorf("shared/%s has no %s", file, line)
		}
	}
}

// TestAlarms: few, each tells the topic.
func TestAlarms(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		metrics := 0
		for _, r := range a.of("AWS::CloudWatch::Alarm") {
			if !slices.Contains(texts(r.Properties["AlarmActions"]), a.names.TopicARN()) || r.Properties["TreatMissingData"] != "notBreaching" {
				t.Errorf("%s: %v", r.path(), r.Properties)
			}
			queries, _ := r.Properties["Metrics"].([]any)
			metrics += max(1, len(queries)-1)
		}
		if metrics > 12 {
			t.Errorf("%d metrics in alarms: each beyond ten costs $0.10 a month", metrics)
		}
		for queue, alarm := range map[string]string{a.names.DeadEvents(): "dead-events", a.names.DeadClocks(): "dead-clocks"} {
			r := a.one(t, "AWS::CloudWatch::Alarm", "AlarmName", a.names.Of(alarm))
			if text(at(r.Properties, "Dimensions", 0, "Value")) != queue {
				t.Errorf("%s watches %v", alarm, r.Properties["Dimensions"])
			}
		}
		if n := len(a.of("AWS::CloudWatch::Dashboard")); n != 1 {
			t.Errorf("%d dashboards", n)
		}
		var body struct{ Widgets []any }
		if err := json.Unmarshal([]byte(text(a.of("AWS::CloudWatch::Dashboard")[0].Properties["DashboardBody"])), &body); err != nil || len(body.Widgets) < 6 {
			t.Errorf("%d widgets: %v", len(body.Widgets), err)
		}
	})
}
