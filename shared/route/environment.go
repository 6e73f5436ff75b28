package route

import "slices"

// SignInVariables are those that say which providers the operator has. They hold no
// secret; docs/configuration.md tells what they are.
func SignInVariables() []string {
	return []string{"OKTA_ISSUER", "OKTA_CLIENT_ID", "GOOGLE_CLIENT_ID", "AZURE_AD_TENANT_ID", "AZURE_AD_CLIENT_ID",
		"GENERIC_OIDC_NAME", "GENERIC_OIDC_ISSUER", "GENERIC_OIDC_CLIENT_ID",
		"SIGNIN_WORKSPACE", "SIGNIN_DOMAINS", "SIGNIN_NEW_ACCOUNTS", "SIGNIN_ROLE_CLAIM", "SIGNIN_ROLES", "SIGNIN_TRUST_EMAIL"}
}

// Variables are the names of the environment variables that a function is given:
// those that its needs ask for, and no more. docs/functions.md tells what they are;
// one that is optional may be empty.
func (f Function) Variables() []string {
	n, all := f.Needs, []string{"APIQ_LOG_LEVEL"}
	add := func(ok bool, names ...string) {
		if ok {
			all = append(all, names...)
		}
	}
	add(f.Kind == KindRoute || f.Kind == KindDefault, "APIQ_ORIGIN_SECRET", "APIQ_PUBLIC_URL")
	add(f.ID == "task-approval", "APIQ_PUBLIC_URL") // letters lead there
	add(n.Table != None, "APIQ_TABLE", "APIQ_QUOTAS")
	add(n.Secret != None, "APIQ_KEY_ARN")
	add(n.Blob != None, "APIQ_BUCKET", "APIQ_BUCKET_KEY", "SPEC_CACHE_TTL_HOURS", "SPEC_MAX_BYTES", "SPEC_FETCH_TIMEOUT_SECONDS")
	add(n.Blob != None || n.Egress, "APIQ_EGRESS_ALLOW")
	add(n.Archive, "APIQ_ARCHIVE_BUCKET", "APIQ_BUCKET_KEY")
	add(n.Engine != None, "APIQ_STATES_PREFIX", "APIQ_STATES_LOG_GROUP")
	// An engine without a role reads runs and starts none.
	add(n.Engine == Write, "APIQ_STATES_ROLE", "APIQ_FUNCTION_CALL", "APIQ_FUNCTION_APPROVAL", "APIQ_FUNCTION_WORKFLOW")
	add(n.Import, "APIQ_IMPORT_MACHINE")
	add(n.Schedule == Write, "APIQ_SCHEDULE_GROUP", "APIQ_SCHEDULE_ROLE", "APIQ_SCHEDULE_TARGET", "APIQ_SCHEDULE_DEAD_LETTERS")
	add(n.Publish, "APIQ_BUS")
	add(n.Mail, "APIQ_MAIL_FROM")
	add(n.DNS, "APIQ_DNS")
	add(f.ID == "event-resume" || f.ID == "retention-get" || f.ID == "retention-update", "APIQ_KEEP_RUNS_DAYS")
	add(f.ID == "event-resume", "APIQ_PUBLIC_URL") // the admins that it writes to follow a link
	add(f.ID == "auth-register" || f.ID == "auth-options", "APIQ_REGISTRATION")
	add(f.ID == "auth-options", "APIQ_MAILS")
	add(slices.Contains([]string{"auth-providers", "auth-start", "auth-callback", "auth-backchannel-logout", "identities-link"}, f.ID), SignInVariables()...)
	add(n.SignIns, "SIGNIN_SECRET")
	add(n.Model, "OPENAI_API_KEY_SECRET", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_PRICE_INPUT", "OPENAI_PRICE_OUTPUT")
	return all
}
