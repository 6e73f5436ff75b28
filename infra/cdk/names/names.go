// Package names says what everything of one environment is called. The names are
// fixed, so that stacks need not import each other's outputs for an ARN: the
// functions are told of the state machines' role before it is there, and the
// machines call functions that are deployed before them. Strings hold
// CloudFormation's pseudo parameters, for Fn::Sub. Pure data.
package names

import (
	"cmp"
	"fmt"
)

// Pseudo parameters, as Fn::Sub takes them.
const (
	Partition = "${AWS::Partition}"
	Region    = "${AWS::Region}"
	Account   = "${AWS::AccountId}"
)

// Key stands for the ARN of the one customer key. KMS chooses its id, so the
// stacks put the reference in its place.
const Key = "${Key}"

// Alias is the alias of every function that all callers use: a deployment moves
// it, and moves it back.
const Alias = "live"

// Names are those of one environment.
type Names struct {
	Env string
	// Restored is the table that is used in place of our own, after a restore.
	// Defaults to none.
	Restored string
}

// Of names a thing: apiq-<env>-<part>.
func (n Names) Of(part string) string { return "apiq-" + n.Env + "-" + part }

// Stack is a stack's name.
func (n Names) Stack(part string) string { return n.Of(part) }

// OwnTable is the table that the data stack keeps.
func (n Names) OwnTable() string { return n.Of("table") }

// Table is the one that is used.
func (n Names) Table() string { return cmp.Or(n.Restored, n.OwnTable()) }

// Buckets are named with account and region: their names are global.
func (n Names) bucket(part string) string { return n.Of(part) + "-" + Account + "-" + Region }

// Blobs holds documents, definitions and large answers.
func (n Names) Blobs() string { return n.bucket("blobs") }

// Archive holds the archived audit trail.
func (n Names) Archive() string { return n.bucket("archive") }

// Dashboard holds the single-page app.
func (n Names) Dashboard() string { return n.bucket("dashboard") }

// Function is the function of a row.
func (n Names) Function(id string) string { return n.Of(id) }

// FunctionLog is its log group.
func (n Names) FunctionLog(id string) string { return "/aws/lambda/" + n.Function(id) }

// StatesPrefix begins the names of workflows' state machines, with a hyphen after
// it; no platform machine has it. The engine takes at most 14 characters.
func (n Names) StatesPrefix() string { return n.Of("w") }

// Machine is one of the platform's own state machines.
func (n Names) Machine(id string) string { return n.Of("platform-" + id) }

// StatesRole is the role that workflows' state machines run under.
func (n Names) StatesRole() string { return n.Of("workflows") }

// StatesLog is the log of express runs. The prefix keeps CloudWatch's resource
// policy small (Step Functions guide, "Logging using CloudWatch Logs").
func (n Names) StatesLog() string { return "/aws/vendedlogs/states/" + n.Of("runs") }

// MachineLog is the log of the platform's own machines.
func (n Names) MachineLog() string { return "/aws/vendedlogs/states/" + n.Of("platform") }

// Clocks is the group of the triggers' schedules.
func (n Names) Clocks() string { return n.Of("triggers") }

// ClockRole is the role that those schedules call their function with.
func (n Names) ClockRole() string { return n.Of("clocks") }

// Bus is the event bus.
func (n Names) Bus() string { return n.Of("bus") }

// DeadEvents are events that a function could not take in.
func (n Names) DeadEvents() string { return n.Of("dead-events") }

// DeadClocks are schedules that could not call their target.
func (n Names) DeadClocks() string { return n.Of("dead-clocks") }

// OriginSecret is what CloudFront proves itself to the functions with. The
// generation is raised to change it.
func (n Names) OriginSecret(generation int) string {
	return fmt.Sprintf("%s/%d", n.Of("origin"), generation)
}

// Topic takes alarms.
func (n Names) Topic() string { return n.Of("alarms") }

// DeployRole is the role of CodeDeploy; DeployApp its application.
func (n Names) DeployRole() string { return n.Of("deploy") }

// DeployApp is CodeDeploy's application.
func (n Names) DeployApp() string { return n.Of("functions") }

// AccessLog is the HTTP API's.
func (n Names) AccessLog() string { return "/aws/vendedlogs/apigateway/" + n.Of("api") }

// RunFailedRule matches runs of workflows that failed; an alarm counts by it.
func (n Names) RunFailedRule() string { return n.Of("run-failed") }

// What the product puts on its bus, as shared/trigger and its adapter call it; those
// packages are no pure data, and a test compares.
const (
	EventSource     = "apiq"
	WebhookReceived = "webhook.received"
)
