// Command event-webhook starts the run of a webhook that was taken in: the bus hands it over.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
)

func main() { base.Main(launching.Firing(launching.Consume)) }
