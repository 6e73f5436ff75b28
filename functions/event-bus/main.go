// Command event-bus fires the triggers that wait for an event: the bus hands it over.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
)

func main() { base.Main(launching.Firing(launching.Consume)) }
