// Command task-approval keeps the question that a step asks a person.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/runrecords"
	"github.com/apiq/apiq/functions/internal/task"
	"github.com/apiq/apiq/shared/execution"
)

func main() {
	task.Serve(func(b *base.Base) (execution.Handler, error) {
		service, err := runrecords.Open(b)
		if err != nil {
			return nil, err
		}
		return task.Question(service.AskPerson), nil
	})
}
