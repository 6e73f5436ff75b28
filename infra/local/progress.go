package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/backup"
)

// tell says once a second how far a backup or a restore has come: nothing, where
// it takes less. stop ends it, and may be called again.
func tell(to io.Writer, what string) (p *backup.Progress, stop func()) {
	p = &backup.Progress{}
	ticker, done, ended := time.NewTicker(time.Second), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				stage, files, bytes := p.Now()
				fmt.Fprintf(to, "%s: %s, %d files, %d MB\n", what, stage, files, bytes/1e6)
			}
		}
	}()
	return p, sync.OnceFunc(func() {
		ticker.Stop()
		close(done)
		<-ended
	})
}
