package route

import "time"

// Sizes and rates that several rows share.
const (
	kib = 1 << 10
	mib = 1 << 20

	smallBody = 64 * kib
	// docBody holds an uploaded spec: the 64 MiB document, JSON-escaped in the worst usual case.
	docBody  = 96 * mib
	planBody = 640 * kib // a workflow document of 512 KiB and its envelope
	// eventBody holds 200 KiB of data: what a bus carries.
	eventBody = 256 * kib
	timeout   = 30 * time.Second
)

func readRate() Rate  { return Rate{PerMinute: 60_000, Burst: 6000} }
func writeRate() Rate { return Rate{PerMinute: 12_000, Burst: 1200} }
func authRate() Rate  { return Rate{PerMinute: 30, Burst: 20} }
func planRate() Rate  { return Rate{PerMinute: 240, Burst: 60} }

// hookRate is for one sender's address, which may serve many workspaces.
func hookRate() Rate { return Rate{PerMinute: 6000, Burst: 600} }

func get(id, path, tag, summary string, access Access, needs Needs) Route {
	return Route{ID: id, Method: "GET", Path: path, Tag: tag, Summary: summary, Access: access, Rate: readRate(), Timeout: timeout, Needs: needs}
}

func change(method, id, path, tag, summary string, access Access, body int64, needs Needs) Route {
	return Route{ID: id, Method: method, Path: path, Tag: tag, Summary: summary, Access: access, Mutates: true, Body: body, Rate: writeRate(), Timeout: timeout, Needs: needs}
}

// asked is a question that has a body: it changes nothing.
func asked(id, path, tag, summary string, access Access, body int64, needs Needs) Route {
	r := get(id, path, tag, summary, access, needs)
	r.Method, r.Body = "POST", body
	return r
}

// whileClosing lets a change be made in a workspace that waits for its deletion.
func (r Route) whileClosing() Route {
	r.WhileClosing = true
	return r
}

func (r Route) with(rate Rate, limit time.Duration) Route {
	r.Rate = rate
	if limit > 0 {
		r.Timeout = limit
	}
	return r
}

// fresh marks a row as one that takes a recent proof of who the caller is.
func (r Route) fresh() Route {
	r.Fresh = true
	return r
}

// enrolling opens a row to who has yet to enrol or show a second factor.
func (r Route) enrolling() Route {
	r.Enrolling = true
	return r
}

// account is for routes that reach the person's whole account.
func (r Route) account() Route {
	r.Account = true
	return r
}

// codes is for routes that judge a password or a code; how often one account's are
// tried is bounded besides.
func (r Route) codes() Route { return r.with(Rate{PerMinute: 120, Burst: 60}, 0) }

// fromElsewhere opens a route to forms on other sites' pages.
func (r Route) fromElsewhere() Route {
	r.CrossSite = true
	return r
}

// Table is the contract, in the order that documents show it.
func Table() []Route {
	reads, writes := Needs{Table: Read}, Needs{Table: Write}
	specs, shares := Needs{Table: Read, Blob: Read}, Needs{Table: Write, Blob: Read}
	connects := Needs{Table: Write, Blob: Write, Secret: Write, Egress: true}
	calls := Needs{Table: Write, Blob: Read, Secret: Read, Egress: true}
	grants := Needs{Table: Write, Blob: Read, Secret: Write, Egress: true}
	// Whoever signs in outside goes to a provider's address, and may come back as somebody new.
	asks := Needs{Table: Write, Secret: Write, Egress: true}
	redeems := asks
	redeems.SignIns = true
	runs := Needs{Table: Write, Blob: Write, Engine: Write}
	// Whoever brings a document may have to hand a large one over; whoever finds one changed tells of it.
	imports := connects
	imports.Import, imports.Publish = true, true
	clocks := Needs{Table: Write, Secret: Write, Schedule: Write}
	tells := Needs{Table: Write, Secret: Write, Publish: true}
	// Whoever looks at a run brings its log up to the engine's history.
	follows := Needs{Table: Write, Blob: Read, Engine: Read}
	return []Route{
		change("POST", "auth-register", "/api/auth/register", "auth", "Make an account and its workspace, or join one by invitation", Public, smallBody, writes).with(authRate(), 0),
		get("auth-options", "/api/auth/options", "auth", "What a sign-in page needs to know", Public, reads),
		change("POST", "auth-login", "/api/auth/login", "auth", "Sign in", Public, smallBody, writes).with(authRate(), 0),
		change("POST", "auth-logout", "/api/auth/logout", "auth", "End this session", SignedIn, smallBody, writes).enrolling(),
		// It notes that the session is used, as every route does that may write.
		get("auth-me", "/api/auth/me", "auth", "Who is signed in", SignedIn, writes).enrolling(),
		change("POST", "auth-password-forgot", "/api/auth/password/forgot", "auth", "Send a link for a new password", Public, smallBody, writes).with(authRate(), 0),
		change("POST", "auth-password-reset", "/api/auth/password/reset", "auth", "Choose a new password by such a link", Public, smallBody, writes).with(authRate(), 0),
		change("POST", "auth-password-change", "/api/auth/password", "auth", "Change one's own password; other sessions end", SignedIn, smallBody, writes).account(),
		change("POST", "auth-email-verify", "/api/auth/email/verify", "auth", "Do what the link of a letter is for: confirm, change or restore an address", Public, smallBody, writes).with(authRate(), 0),
		change("POST", "auth-email-change", "/api/auth/email", "auth", "Ask for another address; its holder confirms it", SignedIn, smallBody, writes).account(),
		change("POST", "auth-email-resend", "/api/auth/email/resend", "auth", "Send the link that confirms one's own address again", SignedIn, smallBody, writes).account(),
		change("PATCH", "auth-me-update", "/api/auth/me", "auth", "Change one's own name, and whether letters tell of what waits", SignedIn, smallBody, writes).account(),
		get("auth-sessions", "/api/auth/sessions", "auth", "One's own sessions", SignedIn, reads),
		change("DELETE", "auth-sessions-end", "/api/auth/sessions/{id}", "auth", "End one of one's own sessions", SignedIn, 0, writes).account(),
		change("DELETE", "auth-sessions-end-others", "/api/auth/sessions", "auth", "End all of one's own sessions but this", SignedIn, 0, writes).account(),

		get("mfa-get", "/api/auth/mfa", "auth", "Second factors of the caller's", SignedIn, reads).enrolling(),
		change("POST", "mfa-totp", "/api/auth/mfa/totp", "auth", "Begin to set an authenticator app up", SignedIn, smallBody, writes).codes().fresh().account().enrolling(),
		change("POST", "mfa-totp-confirm", "/api/auth/mfa/totp/confirm", "auth", "Take the authenticator app into use", SignedIn, smallBody, writes).codes().account().enrolling(),
		change("DELETE", "mfa-totp-delete", "/api/auth/mfa/totp", "auth", "Switch the authenticator app off", SignedIn, smallBody, writes).codes().account(),
		change("POST", "mfa-recovery", "/api/auth/mfa/recovery", "auth", "Make new recovery codes in place of all others", SignedIn, smallBody, writes).codes().fresh().account(),
		get("tokens-list", "/api/auth/tokens", "auth", "API tokens of the caller's", SignedIn, reads),
		change("POST", "tokens-create", "/api/auth/tokens", "auth", "Make an API token; it is shown once", SignedIn, smallBody, writes).fresh(),
		change("DELETE", "tokens-delete", "/api/auth/tokens/{id}", "auth", "End an API token at once", SignedIn, 0, writes),
		get("passkeys-list", "/api/auth/passkeys", "auth", "Passkeys of the caller's", SignedIn, reads).enrolling(),
		change("POST", "passkeys-options", "/api/auth/passkeys/options", "auth", "Begin to register a passkey", SignedIn, smallBody, writes).codes().fresh().account().enrolling(),
		change("POST", "passkeys-create", "/api/auth/passkeys", "auth", "Register the passkey that an authenticator made", SignedIn, smallBody, writes).codes().fresh().account().enrolling(),
		change("PATCH", "passkeys-update", "/api/auth/passkeys/{id}", "auth", "Name a passkey anew", SignedIn, smallBody, writes).account(),
		change("DELETE", "passkeys-delete", "/api/auth/passkeys/{id}", "auth", "Remove a passkey", SignedIn, 0, writes).codes().fresh().account(),
		change("POST", "passkeys-confirm", "/api/auth/passkeys/confirm", "auth", "Prove with a passkey who you are, for what takes a recent proof", SignedIn, smallBody, writes).codes().enrolling(),
		change("POST", "passkeys-login-options", "/api/auth/passkeys/login/options", "auth", "Begin to sign in, or to confirm, with a passkey", Public, smallBody, writes).codes(),
		change("POST", "passkeys-login", "/api/auth/passkeys/login", "auth", "Sign in with a passkey", Public, smallBody, writes).codes(),
		change("POST", "auth-confirm", "/api/auth/confirm", "auth", "Prove again who you are, for what takes a recent proof", SignedIn, smallBody, writes).codes().enrolling(),
		get("auth-providers", "/api/auth/providers", "auth", "Ways to sign in, configured or not", Public, reads),
		asked("auth-discover", "/api/auth/discover", "auth", "Where people of an e-mail domain sign in", Public, smallBody, reads).with(authRate(), 0),
		get("auth-start", "/api/auth/{provider}/start", "auth", "Go to a provider to sign in", Public, asks).with(authRate(), 0),
		get("auth-callback", "/api/auth/{provider}/callback", "auth", "Come back from a provider, signed in", Public, redeems).with(authRate(), 0),

		get("identities-list", "/api/auth/identities", "identities", "Identities at providers that sign the caller in", SignedIn, reads),
		change("POST", "identities-link", "/api/auth/identities", "identities", "Go to a provider to link an identity there", SignedIn, smallBody, asks).codes().fresh().account(),
		change("DELETE", "identities-unlink", "/api/auth/identities/{id}", "identities", "Take an identity off the account", SignedIn, 0, writes).codes().fresh().account(),
		// From the provider itself: a sign-out there may end the sessions of many people at once.
		change("POST", "auth-backchannel-logout", "/api/auth/{provider}/backchannel-logout", "sign-out", "Take a provider's word that a session there has ended", Public, smallBody, asks).with(Rate{PerMinute: 600, Burst: 200}, 0),

		get("saml-start", "/api/auth/saml/{workspace}/start", "auth", "Go to a workspace's SAML provider to sign in", Public, Needs{Table: Write, Secret: Write}).with(authRate(), 0),
		change("POST", "saml-acs", "/api/auth/saml/{workspace}/acs", "auth", "Take in what a SAML provider says of a person", Public, 640*kib, Needs{Table: Write, Secret: Write}).with(authRate(), 0).fromElsewhere(),
		get("saml-finish", "/api/auth/saml/{workspace}/finish", "auth", "Come back from a SAML provider, signed in", Public, Needs{Table: Write, Secret: Write}).with(authRate(), 0),
		get("saml-logout", "/api/auth/saml/{workspace}/logout", "sign-out", "Go on to a SAML provider that ends its own session", Public, Needs{Table: Write, Secret: Write}).with(authRate(), 0),
		// It ends sessions, though it is asked for like a page: so says the binding.
		change("GET", "saml-slo", "/api/auth/saml/{workspace}/slo", "sign-out", "Take in what a SAML provider says of a sign-out", Public, 0, Needs{Table: Write, Secret: Write}).with(authRate(), 0),
		change("POST", "saml-slo-post", "/api/auth/saml/{workspace}/slo", "sign-out", "Take in what a SAML provider says of a sign-out, as a form", Public, 640*kib, Needs{Table: Write, Secret: Write}).with(authRate(), 0).fromElsewhere(),
		get("saml-metadata", "/api/auth/saml/{workspace}/metadata", "auth", "What a workspace's SAML provider must know of us", Public, Needs{Table: Write, Secret: Write}).with(authRate(), 0),
		get("saml-get", "/api/admin/saml", "admin", "The workspace's SAML provider, and what to tell it of us", Admin, reads),
		change("PUT", "saml-update", "/api/admin/saml", "admin", "Make or change the workspace's SAML provider", Admin, 320*kib, Needs{Table: Write, Secret: Write, Egress: true}).with(planRate(), 0),
		change("DELETE", "saml-delete", "/api/admin/saml", "admin", "Remove the workspace's SAML provider", Admin, 0, writes),

		get("retention-get", "/api/admin/retention", "admin", "How long the workspace keeps what it makes", Admin, reads),
		change("PUT", "retention-update", "/api/admin/retention", "admin", "Choose how long what is kept; what is older goes at night", Admin, smallBody, writes).fresh(),
		get("policy-get", "/api/admin/policy", "admin", "What the workspace asks of sessions: a second factor, an end", Admin, reads),
		change("PUT", "policy-update", "/api/admin/policy", "admin", "Change what the workspace asks of sessions; it holds at once", Admin, smallBody, writes).fresh(),

		get("providers-list", "/api/admin/providers", "admin", "The workspace's own ways to sign in", Admin, reads),
		change("PUT", "providers-update", "/api/admin/providers/{id}", "admin", "Make or change a way to sign in", Admin, smallBody, Needs{Table: Write, Secret: Write}).fresh(),
		change("DELETE", "providers-delete", "/api/admin/providers/{id}", "admin", "Remove a way to sign in", Admin, 0, writes).fresh(),
		change("POST", "providers-test", "/api/admin/providers/{id}/test", "admin", "Ask a provider what it says of itself", Admin, smallBody, Needs{Table: Write, Secret: Read, Egress: true}).with(planRate(), 0),

		get("domains-list", "/api/admin/domains", "admin", "E-mail domains that the workspace shows to be its own", Admin, reads),
		change("POST", "domains-claim", "/api/admin/domains", "admin", "Say that a domain is the workspace's, and get the DNS record that shows it", Admin, smallBody, writes),
		change("POST", "domains-verify", "/api/admin/domains/{id}/verify", "admin", "Look for that record, and hold the domain", Admin, smallBody, Needs{Table: Write, DNS: true}).with(planRate(), 0),
		change("PATCH", "domains-update", "/api/admin/domains/{id}", "admin", "Say whether people of a domain may come in by password", Admin, smallBody, writes).fresh(),
		change("DELETE", "domains-delete", "/api/admin/domains/{id}", "admin", "Hold a domain no more", Admin, 0, writes).fresh(),

		get("users-list", "/api/users", "users", "Members of the workspace", Admin, reads),
		get("members-list", "/api/members", "users", "Whom things of the workspace can be shared with", User, reads),
		change("POST", "users-invite", "/api/users/invite", "users", "Invite a person", Admin, smallBody, writes),
		change("PATCH", "users-update", "/api/users/{id}", "users", "Change a member's role or deactivate them", Admin, smallBody, writes),
		change("DELETE", "users-remove", "/api/users/{id}", "users", "End a membership", Admin, 0, writes),
		get("invites-list", "/api/users/invites", "users", "Open invitations", Admin, reads),
		change("DELETE", "invites-revoke", "/api/users/invites/{id}", "users", "Take an invitation back", Admin, 0, writes),
		change("POST", "invites-resend", "/api/users/invites/{id}/resend", "users", "Give an invitation a new token and its whole time", Admin, smallBody, writes),
		change("POST", "invites-accept", "/api/invites/accept", "users", "Join the workspace that one was invited to", SignedIn, smallBody, writes).codes(),

		get("workspaces-list", "/api/workspaces", "workspaces", "The workspaces that the caller belongs to", SignedIn, reads).enrolling(),
		change("POST", "workspaces-create", "/api/workspaces", "workspaces", "Make one more workspace", SignedIn, smallBody, writes).codes(),
		change("PATCH", "workspaces-update", "/api/workspaces/{id}", "workspaces", "Rename the workspace that the session is in", Admin, smallBody, writes),
		change("POST", "workspaces-switch", "/api/workspaces/{id}/switch", "workspaces", "Move the session to another of one's workspaces", SignedIn, smallBody, writes).enrolling(),
		change("POST", "workspaces-transfer", "/api/workspaces/{id}/transfer", "workspaces", "Make another admin the owner", Admin, smallBody, writes).fresh(),
		change("DELETE", "workspaces-close", "/api/workspaces/{id}", "workspaces", "Delete the workspace when its grace time is over", Admin, 0, writes).whileClosing().fresh(),
		change("POST", "workspaces-restore", "/api/workspaces/{id}/restore", "workspaces", "Take the deletion back", Admin, smallBody, writes).whileClosing(),
		get("account-export", "/api/account/export", "account", "Everything that is held on the caller, as one archive", SignedIn, reads).with(Rate{PerMinute: 30, Burst: 10}, 0).fresh().account(),
		change("DELETE", "account-erase", "/api/account", "account", "Erase the caller's account", SignedIn, 0, writes).fresh().account(),
		get("erasures-get", "/api/erasures/{id}", "account", "How an erasure stands, for who has its id", Public, reads).codes(),
		get("workspaces-deletions", "/api/workspaces/deletions", "workspaces", "Proofs that the caller's workspaces were deleted", SignedIn, reads),

		get("presets-list", "/api/presets", "apis", "What is known of the most used APIs: addresses, scopes, where to register", User, reads),
		get("apis-list", "/api/apis", "apis", "Connections of the workspace", User, reads),
		change("POST", "apis-create", "/api/apis", "apis", "Connect an API", User, docBody, imports).with(writeRate(), time.Minute),
		get("apis-get", "/api/apis/{id}", "apis", "One connection", User, reads),
		change("PUT", "apis-update", "/api/apis/{id}", "apis", "Change a connection or its credential", User, docBody, imports).with(writeRate(), time.Minute),
		change("PUT", "apis-access", "/api/apis/{id}/access", "apis", "Share a connection, or hand it to another member", User, smallBody, writes),
		change("DELETE", "apis-delete", "/api/apis/{id}", "apis", "Remove a connection and its credential", User, 0, connects),
		change("POST", "apis-test", "/api/apis/{id}/test", "apis", "Make one safe call with the stored credential", User, smallBody, calls).with(writeRate(), time.Minute),
		change("POST", "apis-refresh", "/api/apis/{id}/refresh", "apis", "Fetch the spec again and tell what changed", User, smallBody, imports).with(writeRate(), time.Minute),
		get("apis-report", "/api/apis/{id}/report", "apis", "What the validation report of a connection's document says", User, reads),
		change("POST", "apis-approve", "/api/apis/{id}/approve", "apis", "Accept the risk review of a connection's document", Admin, smallBody, writes),
		get("apis-endpoints", "/api/apis/{id}/endpoints", "apis", "Search a connection's operations", User, specs),
		get("apis-endpoint", "/api/apis/{id}/endpoints/{operationId}", "apis", "One operation in full", User, specs),
		// It changes something (the person's way begins), though it is asked for like a page.
		change("GET", "apis-oauth-start", "/api/apis/{id}/oauth/start", "apis", "Begin to authorise a connection: where to send the person", User, 0, grants),
		get("oauth-callback", "/api/oauth/callback", "apis", "Where people come back to from a connection's provider", Public, grants).with(writeRate(), time.Minute),
		change("POST", "apis-oauth-device", "/api/apis/{id}/oauth/device", "apis", "Get a code that authorises a connection on another device", User, smallBody, grants),
		change("POST", "apis-oauth-poll", "/api/apis/{id}/oauth/device/poll", "apis", "Ask whether that code has been entered", User, smallBody, grants),
		change("POST", "apis-oauth-disconnect", "/api/apis/{id}/oauth/disconnect", "apis", "Take a connection's grant back at its provider and forget it", User, smallBody, grants),
		get("apis-scopes", "/api/apis/{id}/scopes", "apis", "Scopes of a connection: granted, and needed by active workflows", User, Needs{Table: Read, Blob: Read, Secret: Read}),
		change("POST", "apis-try", "/api/apis/{id}/endpoints/{operationId}/try", "apis", "Make one real call", User, 10*mib, calls).with(writeRate(), time.Minute),

		change("POST", "chat", "/api/chat", "chat", "Turn a sentence into a checked plan; nothing runs", User, smallBody, Needs{Table: Write, Blob: Write, Model: true}).with(planRate(), time.Minute),
		change("POST", "chat-execute", "/api/chat/execute", "chat", "Confirm a plan and run it", User, planBody, runs),

		get("workflows-list", "/api/workflows", "workflows", "Workflows of the workspace", User, reads),
		change("POST", "workflows-create", "/api/workflows", "workflows", "Save a workflow", User, planBody, Needs{Table: Write, Blob: Write}),
		get("workflows-get", "/api/workflows/{id}", "workflows", "One workflow", User, specs),
		change("PUT", "workflows-update", "/api/workflows/{id}", "workflows", "Change a workflow: a new immutable version", User, planBody, Needs{Table: Write, Blob: Write, Schedule: Write}),
		change("PUT", "workflows-access", "/api/workflows/{id}/access", "workflows", "Share a workflow, or hand it to another member", User, smallBody, shares),
		change("DELETE", "workflows-delete", "/api/workflows/{id}", "workflows", "Remove a workflow; its runs stay", User, 0, Needs{Table: Write, Blob: Write, Schedule: Write}),
		get("workflows-versions", "/api/workflows/{id}/versions", "workflows", "Versions of a workflow", User, specs),
		change("POST", "workflows-rollback", "/api/workflows/{id}/rollback", "workflows", "Make an earlier version the newest", User, smallBody, Needs{Table: Write, Blob: Write}),
		change("POST", "workflows-execute", "/api/workflows/{id}/execute", "workflows", "Run a workflow", User, planBody, runs),
		change("POST", "workflows-rehearse", "/api/workflows/{id}/rehearse", "workflows", "Rehearse a workflow on twins of its APIs, with faults; no call leaves", User, planBody, Needs{Table: Write, Blob: Read, Twin: true}).with(planRate(), 0),
		get("workflows-export", "/api/workflows/{id}/export", "workflows", "The document, as Arazzo, or as the state machine it compiles to", User, specs),
		change("POST", "workflows-import", "/api/workflows/import", "workflows", "Save a workflow that was exported, here or as Arazzo", User, planBody, Needs{Table: Write, Blob: Write}),
		get("templates-list", "/api/templates", "workflows", "Templates of workflows, and which connections fit them", User, reads),
		change("POST", "templates-use", "/api/templates/{id}/use", "workflows", "Make a draft of a template, with a connection for each of its APIs", User, smallBody, Needs{Table: Write, Blob: Write}),
		get("workflow-schema", "/api/schemas/workflow.json", "workflows", "JSON Schema of the workflow document", Public, Needs{}),

		get("triggers-list", "/api/workflows/{id}/triggers", "triggers", "What starts a workflow by itself", User, reads),
		change("POST", "triggers-create", "/api/workflows/{id}/triggers", "triggers", "Start a workflow by a schedule, a webhook or an event", User, 2*smallBody, clocks),
		get("triggers-get", "/api/workflows/{id}/triggers/{triggerId}", "triggers", "One trigger", User, reads),
		change("PATCH", "triggers-update", "/api/workflows/{id}/triggers/{triggerId}", "triggers", "Change a trigger, switch it on or off, give it another secret", User, 2*smallBody, clocks),
		change("DELETE", "triggers-delete", "/api/workflows/{id}/triggers/{triggerId}", "triggers", "Remove a trigger", User, 0, clocks),
		get("triggers-deliveries", "/api/workflows/{id}/triggers/{triggerId}/deliveries", "triggers", "What reached a trigger, and what came of it", User, reads),
		change("POST", "hooks", "/hooks/{triggerId}", "triggers", "Take a signed webhook in", Public, mib, tells).with(hookRate(), 0),
		change("POST", "events", "/api/events", "triggers", "Tell an event that triggers may wait for", User, eventBody, tells),

		get("executions-list", "/api/executions", "executions", "Runs of the workspace", User, reads),
		get("executions-get", "/api/executions/{id}", "executions", "One run with its steps", User, follows),
		get("executions-events", "/api/executions/{id}/events", "executions", "What happened since, by cursor", User, follows).with(readRate(), time.Minute),
		get("executions-export", "/api/executions/{id}/export", "executions", "One run as a file, with what it ran, its log and its bodies", User, follows),
		change("DELETE", "executions-delete", "/api/executions/{id}", "executions", "Remove a run that has ended", User, 0, runs),
		change("POST", "executions-cancel", "/api/executions/{id}/cancel", "executions", "Stop before the next request", User, smallBody, runs),
		change("POST", "executions-retry", "/api/executions/{id}/retry", "executions", "Go on from the failed step", User, smallBody, runs),
		change("POST", "executions-retry-all", "/api/executions/retry", "executions", "Go on from the failed step in many runs", User, smallBody, runs),
		change("POST", "executions-replay", "/api/executions/{id}/replay", "executions", "Run again what a run ran, with its input or another", User, planBody, runs),
		change("POST", "executions-compare", "/api/executions/{id}/compare", "executions", "Play a run by another version, on the answers that it got; no call leaves", User, smallBody, Needs{Table: Write, Blob: Read, Engine: Read, Twin: true}).with(planRate(), 0),
		change("POST", "executions-replay-all", "/api/executions/replay", "executions", "Run again what many runs ran", User, smallBody, runs),
		change("POST", "executions-resolve", "/api/executions/{id}/steps/{stepId}/resolve", "executions", "Decide an approval or an unknown outcome", User, planBody, runs),
		get("approvals-list", "/api/approvals", "executions", "What waits for a decision of the caller's", User, reads),

		get("logs-list", "/api/logs", "logs", "The audit trail", Audit, reads),
		get("logs-export", "/api/logs/export", "logs", "The audit trail as a file", Audit, reads).with(Rate{PerMinute: 30, Burst: 10}, 5*time.Minute),
		get("logs-verify", "/api/logs/verify", "logs", "Walk the hash chain", Audit, reads).with(Rate{PerMinute: 60, Burst: 10}, 5*time.Minute),

		get("admin-mail", "/api/admin/mail", "mail", "Messages that this home keeps in place of sending them", Admin, reads),
		// Reading one leaves a record, and no API token can: it may hold a link that lets its reader in.
		get("admin-mail-get", "/api/admin/mail/{id}", "mail", "One of those messages", Admin, writes),
		get("spec-cache-list", "/api/admin/spec-cache", "admin", "Cached specs", Admin, reads),
		change("DELETE", "spec-cache-purge", "/api/admin/spec-cache", "admin", "Forget cached specs", Admin, 0, Needs{Table: Write, Blob: Write}),

		get("audit-sinks-list", "/api/admin/audit/sinks", "admin", "Where records of the trail are sent, and how far each has come", Admin, reads),
		change("POST", "audit-sinks-create", "/api/admin/audit/sinks", "admin", "Send records of the trail to a webhook or a bucket", Admin, smallBody, Needs{Table: Write, Secret: Write, Egress: true, Assume: true}).fresh(),
		change("DELETE", "audit-sinks-delete", "/api/admin/audit/sinks/{id}", "admin", "Send no more records there", Admin, 0, writes).fresh(),

		get("keys-get", "/api/admin/keys", "admin", "Data keys of the workspace, what lies under them, and how far their sweep is", Admin, reads),
		change("PUT", "keys-use", "/api/admin/keys", "admin", "Have data keys wrapped under a KMS key that the workspace brings", Admin, smallBody, Needs{Table: Write, Secret: Write}).fresh(),
		change("POST", "keys-rotate", "/api/admin/keys/rotate", "admin", "Make a new data key; what lies under older ones is sealed anew in the background", Admin, smallBody, Needs{Table: Write, Secret: Write}).with(authRate(), 0),

		get("scim-settings", "/api/admin/scim", "admin", "How the workspace's directory is taken in: roles by group, tokens", Admin, reads),
		change("PUT", "scim-settings-update", "/api/admin/scim", "admin", "Say which roles the directory's groups give", Admin, smallBody, writes),
		change("POST", "scim-token-create", "/api/admin/scim/token", "admin", "Make a token for the directory; it is shown once", Admin, smallBody, writes).fresh(),
		change("DELETE", "scim-token-revoke", "/api/admin/scim/token/{id}", "admin", "End a token of the directory", Admin, 0, writes),

		get("scim-users-list", "/scim/v2/Users", "scim", "Users of the workspace, for its directory", Provisioning, reads),
		change("POST", "scim-users-create", "/scim/v2/Users", "scim", "Take a user in", Provisioning, smallBody, writes),
		get("scim-users-get", "/scim/v2/Users/{id}", "scim", "One user", Provisioning, reads),
		change("PUT", "scim-users-replace", "/scim/v2/Users/{id}", "scim", "Write a user anew", Provisioning, smallBody, writes),
		change("PATCH", "scim-users-patch", "/scim/v2/Users/{id}", "scim", "Change a user; active=false ends their sessions", Provisioning, smallBody, writes),
		change("DELETE", "scim-users-delete", "/scim/v2/Users/{id}", "scim", "End a user's membership", Provisioning, 0, writes),
		get("scim-groups-list", "/scim/v2/Groups", "scim", "Groups of the directory", Provisioning, reads),
		change("POST", "scim-groups-create", "/scim/v2/Groups", "scim", "Take a group in", Provisioning, mib, writes).with(writeRate(), time.Minute),
		get("scim-groups-get", "/scim/v2/Groups/{id}", "scim", "One group", Provisioning, reads),
		change("PUT", "scim-groups-replace", "/scim/v2/Groups/{id}", "scim", "Write a group anew", Provisioning, mib, writes).with(writeRate(), time.Minute),
		change("PATCH", "scim-groups-patch", "/scim/v2/Groups/{id}", "scim", "Change a group and its members", Provisioning, mib, writes).with(writeRate(), time.Minute),
		change("DELETE", "scim-groups-delete", "/scim/v2/Groups/{id}", "scim", "Remove a group, and the role that it gave", Provisioning, 0, writes).with(writeRate(), time.Minute),
		get("scim-config", "/scim/v2/ServiceProviderConfig", "scim", "What of SCIM 2.0 is spoken here", Provisioning, reads),
		get("scim-types", "/scim/v2/ResourceTypes", "scim", "The kinds of resources", Provisioning, reads),
		get("scim-schemas", "/scim/v2/Schemas", "scim", "The attributes of users and groups", Provisioning, reads),

		get("usage", "/api/usage", "system", "What the workspace takes up, and may", Audit, Needs{Table: Write, Blob: Read}),
		get("stats", "/api/stats", "system", "Counts for the workspace", Audit, reads),
		get("health", "/api/health", "system", "Is the service well", Public, reads),
		get("openapi", "/api/openapi.json", "system", "This contract as OpenAPI 3.1", Public, Needs{}),
	}
}

// ByID finds a row.
func ByID(id string) (Route, bool) {
	for _, r := range Table() {
		if r.ID == id {
			return r, true
		}
	}
	return Route{}, false
}
