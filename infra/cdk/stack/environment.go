package stack

import (
	"strconv"

	"fmt"

	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/statemachines"
)

// environment is what a function is told: the variables that its row asks for, and
// no more. One without a value is left out, and the function takes its default.
func (h *Home) environment(f route.Function) (*map[string]*string, error) {
	values := h.variables()
	env := map[string]*string{}
	for _, name := range f.Variables() {
		value, ok := values[name]
		if !ok {
			return nil, fmt.Errorf("stack: %s asks for %s, which nobody sets", f.ID, name)
		}
		if value != nil {
			env[name] = value
		}
	}
	return &env, nil
}

// variables are all that functions may ask for (docs/functions.md); nil has no value
// in this environment.
func (h *Home) variables() map[string]*string {
	n, c := h.names, h.cfg
	optional := func(value string) *string {
		if value == "" {
			return nil
		}
		return jsii.String(value)
	}
	all := map[string]*string{
		"APIQ_LOG_LEVEL":     jsii.String(c.LogLevel),
		"APIQ_PUBLIC_URL":    h.dashboard.url,
		"APIQ_ORIGIN_SECRET": h.api.origin,

		"APIQ_QUOTAS":         optional(c.Quotas),
		"APIQ_KEEP_RUNS_DAYS": optional(c.KeepRunsDays),
		"APIQ_TABLE":          jsii.String(n.Table()),
		"APIQ_BUCKET":         sub(n.Blobs()),
		"APIQ_BUCKET_KEY":     h.data.key.KeyArn(),
		"APIQ_KEY_ARN":        h.data.key.KeyArn(),
		"APIQ_ARCHIVE_BUCKET": sub(n.Archive()),

		"APIQ_STATES_PREFIX":     jsii.String(n.StatesPrefix()),
		"APIQ_STATES_ROLE":       sub(names.RoleARN(n.StatesRole())),
		"APIQ_STATES_LOG_GROUP":  sub(n.StatesLogARN()),
		"APIQ_FUNCTION_CALL":     sub(n.AliasARN("task-call")),
		"APIQ_FUNCTION_APPROVAL": sub(n.AliasARN("task-approval")),
		"APIQ_FUNCTION_WORKFLOW": sub(n.AliasARN("task-workflow")),
		"APIQ_IMPORT_MACHINE":    sub(n.MachineARN(statemachines.SpecImport)),

		"APIQ_SCHEDULE_GROUP":        jsii.String(n.Clocks()),
		"APIQ_SCHEDULE_ROLE":         sub(names.RoleARN(n.ClockRole())),
		"APIQ_SCHEDULE_TARGET":       sub(n.AliasARN("event-schedule")),
		"APIQ_SCHEDULE_DEAD_LETTERS": sub(names.QueueARN(n.DeadClocks())),
		"APIQ_BUS":                   jsii.String(n.Bus()),
		"APIQ_MAIL_FROM":             optional(c.MailFrom),
		"APIQ_MAILS":                 jsii.String(strconv.FormatBool(c.MailFrom != "")),
		"APIQ_REGISTRATION":          jsii.String(c.Registration),

		// A function's own resolver.
		"APIQ_DNS": nil,

		// Nothing on AWS is excepted from the guard against private addresses.
		"APIQ_EGRESS_ALLOW": nil,

		"OPENAI_API_KEY_SECRET":      optional(c.OpenAIKeySecret),
		"OPENAI_BASE_URL":            optional(c.OpenAIBaseURL),
		"OPENAI_MODEL":               optional(c.OpenAIModel),
		"OPENAI_PRICE_INPUT":         optional(c.OpenAIPriceInput),
		"OPENAI_PRICE_OUTPUT":        optional(c.OpenAIPriceOutput),
		"SPEC_CACHE_TTL_HOURS":       optional(c.SpecCacheTTLHours),
		"SPEC_MAX_BYTES":             optional(c.SpecMaxBytes),
		"SPEC_FETCH_TIMEOUT_SECONDS": optional(c.SpecFetchTimeoutSeconds),
		"SIGNIN_SECRET":              optional(c.SignInSecret),
	}
	for _, name := range route.SignInVariables() {
		all[name] = optional(c.SignIn[name])
	}
	return all
}
