// Command task-call makes the request of one api_call step.
package main

import (
	"github.com/apiq/apiq/functions/internal/step"
	"github.com/apiq/apiq/functions/internal/task"
)

func main() { task.Serve(step.Handler) }
