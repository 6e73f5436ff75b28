package hometest

// groups is the contract, part by part.
func groups() []group {
	return []group{
		{name: "Auth", tests: []test{{"Register", testRegister}, {"Credentials", testCredentials}, {"Choices", testChoices}, {"Cookies", testCookies}, {"LogoutIsImmediate", testLogoutIsImmediate}, {"Sessions", testSessions}, {"Providers", testProviders}, {"SingleLogout", testSingleLogout}, {"Domains", testDomains}}},
		{name: "Factors", tests: []test{{"App", testSecondFactor}, {"Tokens", testTokens}, {"Passkeys", testPasskeys}, {"Policy", testPolicy}}},
		{name: "Members", tests: []test{{"Invitations", testInvitations}, {"Roles", testRoles}, {"LastAdmin", testLastAdmin}, {"Accept", testAccept}, {"Remove", testRemove}}},
		{name: "Workspaces", tests: []test{{"Several", testWorkspaces}, {"Transfer", testTransfer}}},
		{name: "Directory", tests: []test{{"SCIM", testSCIM}, {"Deactivated", testSCIMDeactivated}, {"SAML", testSAML}}},
		{name: "Connections", tests: []test{{"Life", testConnectionLife}, {"CredentialKinds", testCredentialKinds}, {"Test", testConnectionTest}, {"Refresh", testRefresh},
			{"InUse", testConnectionInUse}, {"Approve", testApprove}, {"Settings", testSettings}, {"Authorise", testAuthorise}, {"GrantKinds", testGrantKinds}}},
		{name: "Specs", tests: []test{{"Refusals", testSpecs}, {"Input", testSpecInput}, {"Guard", testGuard}, {"Import", testImport}, {"Cache", testSpecCache}, {"Drift", testDrift}}},
		{name: "Try", tests: []test{{"Values", testTry}, {"Refusals", testTryRefused}}},
		{name: "Chat", tests: []test{{"Plan", testChat}, {"Questions", testQuestions}, {"Alternatives", testAlternatives}, {"NoPlan", testNoPlan}}},
		{name: "Workflows", tests: []test{{"Life", testWorkflowLife}, {"Exports", testExports}, {"ExportImport", testExportImport}, {"Arazzo", testArazzo}, {"Machine", testMachine}, {"Rehearsal", testRehearsal}, {"Templates", testTemplates}}},
		{name: "Runs", tests: []test{{"Steps", testSteps}, {"Pages", testPages}, {"StepView", testStepView}, {"Concurrency", testConcurrency}, {"Input", testInput}, {"Events", testEvents}}},
		{name: "Control", tests: []test{{"Cancel", testCancel}, {"Retry", testRetry}, {"Undo", testUndo}, {"UndoNested", testUndoNested}, {"UndoUnknown", testUndoUnknown}, {"UndoInFlight", testUndoInFlight}}},
		{name: "After", tests: []test{{"Replay", testReplay}, {"File", testRunFile}, {"Remove", testRemoveRun}, {"RetryAll", testRetryAll}, {"ReplayAll", testReplayAll}, {"Compare", testCompare}}},
		{name: "Room", tests: []test{{"Queue", testQueue}, {"Limit", testRoom}, {"Skip", testSkip}, {"Cancel", testCancelPrevious}, {"Refused", testConcurrencyRefused}}},
		{name: "Decisions", tests: []test{{"Approval", testApproval}, {"Unknown", testUnknown}, {"UnknownAgain", testUnknownAgain}, {"Reconcile", testReconcile}, {"Inbox", testInbox}, {"Expiry", testExpiry}, {"Delegates", testDelegates}}},
		{name: "Triggers", tests: []test{{"Webhook", testWebhook}, {"Forms", testWebhookForms}, {"Events", testTold}, {"Input", testTriggerInput}}},
		{name: "Conventions", tests: []test{{"Lists", testLists}, {"Names", testNames}, {"Bodies", testBodies}, {"Versions", testVersions},
			{"Methods", testMethods}, {"Head", testHead}, {"RequestIDs", testRequestIDs}, {"EncodedNames", testEncodedNames}, {"Queries", testQueries},
			{"RepeatedHeaders", testRepeatedHeaders}, {"EmptyBodies", testEmptyBodies}, {"Media", testMedia}, {"Sizes", testSizes}, {"Letters", testLetters}}},
		{name: "Keys", tests: []test{{"Rotation", testKeys}, {"Sinks", testSinks}, {"Buckets", testBuckets}}},
		{name: "Matrix", tests: []test{{"OtherTenants", testMatrix}, {"Sharing", testSharing}, {"SharedAway", testSharedAway}, {"Left", testLeft}, {"Tokens", testTokenMatrix}}},
		{name: "AuditComplete", tests: []test{{"Records", testAuditComplete}, {"RefusedReads", testRefusedReads}, {"Trail", testTrail}}},
		{name: "Canary", tests: []test{{"Secrets", testCanary}, {"Grants", testCanaryGrants}}},
		{name: "Crash", tests: []test{{"Kill", testKill}, {"KillUnsafe", testKillUnsafe}, {"KillCancelled", testKillCancelled}, {"KillWaiting", testKillWaiting}, {"KillQueued", testKillQueued}, {"KillUndoing", testKillUndoing}}, hard: true},
		{name: "DuplicateRequests", tests: []test{{"Keys", testIdempotency}, {"OneRun", testOneRun}, {"Records", testReplayedRecord}}},
		{name: "Limits", tests: []test{{"Rates", testRates}, {"SignIns", testSignInRate}}},
	}
}
