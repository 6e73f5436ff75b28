package hometest

// groups is the contract, part by part.
func groups() []group {
	return []group{
		{"Auth", []test{{"LogoutIsImmediate", testLogoutIsImmediate}}},
		{"Connections", []test{{"Approve", testApprove}}},
		{"Specs", []test{{"Refusals", testSpecs}, {"Input", testSpecInput}, {"Guard", testGuard}, {"Import", testImport}, {"Cache", testSpecCache}}},
		{"Workflows", []test{{"ExportImport", testExportImport}}},
		{"Runs", []test{{"Steps", testSteps}, {"StepView", testStepView}, {"Concurrency", testConcurrency}, {"Input", testInput}, {"Events", testEvents}}},
		{"Control", []test{{"Cancel", testCancel}, {"Retry", testRetry}}},
		{"Decisions", []test{{"Approval", testApproval}, {"Unknown", testUnknown}}},
		{"Conventions", []test{{"Lists", testLists}, {"Names", testNames}, {"Bodies", testBodies}, {"Versions", testVersions},
			{"Methods", testMethods}, {"Head", testHead}, {"RequestIDs", testRequestIDs}, {"EncodedNames", testEncodedNames}, {"Queries", testQueries},
			{"RepeatedHeaders", testRepeatedHeaders}, {"EmptyBodies", testEmptyBodies}, {"Media", testMedia}, {"Sizes", testSizes}}},
		{"Matrix", []test{{"OtherTenants", testMatrix}}},
		{"AuditComplete", []test{{"Records", testAuditComplete}}},
		{"Canary", []test{{"Secrets", testCanary}}},
		{"Crash", []test{{"Kill", testKill}, {"KillUnsafe", testKillUnsafe}, {"KillWaiting", testKillWaiting}}},
		{"DuplicateRequests", []test{{"Keys", testIdempotency}}},
	}
}
