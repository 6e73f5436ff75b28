package stepfunctions

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Platform starts executions of one of the platform's own state machines.
type Platform struct {
	client  *sfn.Client
	machine string
}

// NewPlatform names the machine by its ARN; it calls no service.
func NewPlatform(client *sfn.Client, machine string) *Platform {
	return &Platform{client: client, machine: machine}
}

// Start begins an execution under a name. The same name again, with whatever input,
// is the same execution, for the 90 days that Step Functions remembers it. A service
// that is too busy is table.ErrThrottled.
func (p *Platform) Start(ctx context.Context, name string, input any) error {
	raw, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("stepfunctions: input of %s: %w", name, err)
	}
	text := string(raw)
	_, err = p.client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &p.machine, Name: &name, Input: &text})
	if is[*types.ExecutionAlreadyExists](err) {
		return nil
	}
	return failed(ctx, "start "+name, err)
}
