// Command event-mail sends the messages that are due, every minute.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/mails"
)

func main() { base.Main(mails.Handler) }
