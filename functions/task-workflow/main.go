// Command task-workflow starts the run that a step waits for.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
	"github.com/apiq/apiq/functions/internal/task"
	"github.com/apiq/apiq/shared/execution"
)

func main() {
	task.Serve(func(b *base.Base) (execution.Handler, error) {
		l, err := launching.Open(b, nil)
		if err != nil {
			return nil, err
		}
		return l.Launcher.Nested, nil
	})
}
