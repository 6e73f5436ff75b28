// Command task-approval keeps the question that a step asks a person, and queues the
// letters that tell of it.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/runrecords"
	"github.com/apiq/apiq/functions/internal/task"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/notice"
)

func main() {
	task.Serve(func(b *base.Base) (execution.Handler, error) {
		queue := post.New(b.Store, b.Sealer, &post.Options{URL: b.Env.PublicURL, Log: b.Log})
		service, err := runrecords.Open(b, notice.New(identity.NewDirectory(b.Store), queue))
		if err != nil {
			return nil, err
		}
		return task.Question(service.AskPerson), nil
	})
}
