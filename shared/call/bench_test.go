package call_test

import (
	"fmt"
	"testing"
)

// BenchmarkHandle is one step: two durable writes and one request on loopback.
func BenchmarkHandle(b *testing.B) {
	a := newAPI(b, reply(200, `{"ok":true}`))
	for _, operation := range []string{"list", "create"} {
		b.Run(operation, func(b *testing.B) {
			k := newKit(b, a.URL, nil)
			for i := range b.N {
				task := k.task(operation)
				task.Path = fmt.Sprint(i)
				if _, failed := k.handle(task); failed != "" {
					b.Fatal(failed)
				}
			}
		})
	}
}
