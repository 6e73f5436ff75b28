package asl

import "strings"

// resource is what a Task calls.
type resource struct {
	arn string
	// family chooses the events: "Task", "LambdaFunction" or "Activity".
	family string
	// service and action are resourceType and resource of Task events.
	service, action string
	// token: the task ends when its token comes back.
	token bool
}

// parseResource reads arn:aws:states:::service:action[.pattern], the ARN of a
// Lambda function or the ARN of an activity.
func parseResource(arn string) resource {
	r := resource{arn: arn, family: "LambdaFunction", service: "lambda"}
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) >= 7 && parts[2] == "states" && parts[5] == "activity":
		r.family, r.service = "Activity", "activity"
	case len(parts) >= 7 && parts[2] == "states":
		r.family = "Task"
		rest := parts[5:]
		at := 1
		if rest[0] == "aws-sdk" && len(rest) > 2 {
			at = 2
		}
		r.service, r.action = strings.Join(rest[:at], ":"), strings.Join(rest[at:], ":")
		r.token = strings.HasSuffix(r.action, ".waitForTaskToken")
	}
	return r
}
