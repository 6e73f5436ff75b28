// Command event-resume takes up what a failure left undone, every five minutes.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/resuming"
)

func main() { base.Main(resuming.Handler) }
