// Package stepfunctions is the engine of the AWS home: AWS Step Functions. It
// implements execution.Engine; it never interprets a definition and never calls a
// function itself.
//
// Each compiled definition, that is each version of a workflow, has a state machine
// of its own, named after its content and never changed:
//
//	<prefix>-<workspace>-<24 hex digits of the content's hash>
//
// A run is an execution under the run's name. What is kept, inside the workspace:
//
//	SFN        / <run>                which machine and executions a run has
//	SFN#<run>  / EV#<first id>#<hash> what the log told of an express run
//	SFNMACHINE / <name>               a machine that was created
//
// Long runs are standard executions, whose state and history AWS keeps. Brief ones
// (asl.Brief) are express executions, a small part of the price, which AWS forgets
// as they end: their history comes from their log (TakeIn), they end after five
// minutes, and nothing stops them. What the port promises holds all the same:
//
//	record ─► StartExecution ─► running ─ log: succeeded, failed ─► ended
//	                              │  └─ five minutes, or the log is lost ─► goes on as standard, by itself
//	                              └─ Stop: aborted at once; the call function asks Stopped before each request
//	                 ended badly ─ Redrive ─► goes on as standard
//
// Going on as standard is a new execution of the same definition under the same
// name. It begins at the first state, where the call function answers each step
// that had finished from its journal: nothing is sent twice. Its history continues
// the express one's, from ExecutionRedriven.
package stepfunctions
