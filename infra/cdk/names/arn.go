package names

// arn is arn:<partition>:<service>:<region>:<account>:<resource>.
func arn(service, resource string) string {
	return "arn:" + Partition + ":" + service + ":" + Region + ":" + Account + ":" + resource
}

// TableARN is the table.
func (n Names) TableARN() string { return arn("dynamodb", "table/"+n.Table()) }

// IndexARN is one of its indexes.
func (n Names) IndexARN(index string) string { return n.TableARN() + "/index/" + index }

// BucketARN is a bucket; its objects are below it.
func BucketARN(bucket string) string { return "arn:" + Partition + ":s3:::" + bucket }

// FunctionARN is the function itself, unqualified.
func (n Names) FunctionARN(id string) string { return arn("lambda", "function:"+n.Function(id)) }

// AliasARN is what callers invoke.
func (n Names) AliasARN(id string) string { return n.FunctionARN(id) + ":" + Alias }

// MachinesARN are workflows' state machines, with their versions.
func (n Names) MachinesARN() string { return arn("states", "stateMachine:"+n.StatesPrefix()+"-*") }

// RunsARN are standard runs of workflows.
func (n Names) RunsARN() string { return arn("states", "execution:"+n.StatesPrefix()+"-*:*") }

// MachineARN is one of the platform's machines.
func (n Names) MachineARN(id string) string { return arn("states", "stateMachine:"+n.Machine(id)) }

// RoleARN is a role.
func RoleARN(name string) string { return "arn:" + Partition + ":iam::" + Account + ":role/" + name }

// StatesLogARN is the log group of express runs, as Step Functions wants it.
func (n Names) StatesLogARN() string { return arn("logs", "log-group:"+n.StatesLog()+":*") }

// FunctionLogARN are the streams of a function's log group.
func (n Names) FunctionLogARN(id string) string {
	return arn("logs", "log-group:"+n.FunctionLog(id)+":*")
}

// ClocksARN are the schedules of the triggers' group.
func (n Names) ClocksARN() string { return arn("scheduler", "schedule/"+n.Clocks()+"/*") }

// BusARN is the bus.
func (n Names) BusARN() string { return arn("events", "event-bus/"+n.Bus()) }

// QueueARN is a queue.
func QueueARN(name string) string { return arn("sqs", name) }

// TopicARN is the alarms' topic.
func (n Names) TopicARN() string { return arn("sns", n.Topic()) }

// AlarmARN is an alarm.
func AlarmARN(name string) string { return arn("cloudwatch", "alarm:"+name) }

// MailARN is the identity that mail is sent from: an address or its domain.
func MailARN(identity string) string { return arn("ses", "identity/"+identity) }

// EventsARN is a rule, or a bus.
func EventsARN(resource string) string { return arn("events", resource) }

// MachinesPrefixARN begins the ARNs of workflows' state machines.
func (n Names) MachinesPrefixARN() string { return arn("states", "stateMachine:"+n.StatesPrefix()+"-") }
