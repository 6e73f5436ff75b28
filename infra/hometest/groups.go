package hometest

// groups is the contract, part by part.
func groups() []group {
	return []group{
		{"Auth", []test{{"Register", testRegister}, {"Credentials", testCredentials}, {"Cookies", testCookies}, {"LogoutIsImmediate", testLogoutIsImmediate}}},
		{"Members", []test{{"Invitations", testInvitations}, {"Roles", testRoles}, {"LastAdmin", testLastAdmin}}},
		{"Connections", []test{{"Life", testConnectionLife}, {"CredentialKinds", testCredentialKinds}, {"Test", testConnectionTest}, {"Refresh", testRefresh}, {"InUse", testConnectionInUse}, {"Approve", testApprove}}},
		{"Specs", []test{{"Refusals", testSpecs}, {"Input", testSpecInput}, {"Guard", testGuard}, {"Import", testImport}, {"Cache", testSpecCache}}},
		{"Try", []test{{"Values", testTry}, {"Refusals", testTryRefused}}},
		{"Chat", []test{{"Plan", testChat}, {"Questions", testQuestions}, {"NoPlan", testNoPlan}}},
		{"Workflows", []test{{"Life", testWorkflowLife}, {"Exports", testExports}, {"ExportImport", testExportImport}}},
		{"Runs", []test{{"Steps", testSteps}, {"StepView", testStepView}, {"Concurrency", testConcurrency}, {"Input", testInput}, {"Events", testEvents}}},
		{"Control", []test{{"Cancel", testCancel}, {"Retry", testRetry}}},
		{"Decisions", []test{{"Approval", testApproval}, {"Unknown", testUnknown}}},
		{"Triggers", []test{{"Webhook", testWebhook}, {"Forms", testWebhookForms}, {"Events", testTold}, {"Input", testTriggerInput}}},
		{"Conventions", []test{{"Lists", testLists}, {"Names", testNames}, {"Bodies", testBodies}, {"Versions", testVersions},
			{"Methods", testMethods}, {"Head", testHead}, {"RequestIDs", testRequestIDs}, {"EncodedNames", testEncodedNames}, {"Queries", testQueries},
			{"RepeatedHeaders", testRepeatedHeaders}, {"EmptyBodies", testEmptyBodies}, {"Media", testMedia}, {"Sizes", testSizes}, {"Letters", testLetters}}},
		{"Matrix", []test{{"OtherTenants", testMatrix}}},
		{"AuditComplete", []test{{"Records", testAuditComplete}, {"Trail", testTrail}}},
		{"Canary", []test{{"Secrets", testCanary}}},
		{"Crash", []test{{"Kill", testKill}, {"KillUnsafe", testKillUnsafe}, {"KillWaiting", testKillWaiting}}},
		{"DuplicateRequests", []test{{"Keys", testIdempotency}, {"OneRun", testOneRun}, {"Records", testReplayedRecord}}},
		{"Limits", []test{{"Rates", testRates}, {"SignIns", testSignInRate}}},
	}
}
