package stand_test

import (
	"testing"

	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
)

// TestParity: the AWS home passes the suite that the one-machine home passes.
func TestParity(t *testing.T) {
	t.Parallel()
	hometest.Run(t, hometest.Harness{
		Start:  func(t testing.TB, o hometest.Options) hometest.Home { return stand.Start(t, stand.Options{Env: o.Env}) },
		Public: stand.PublicURL,
		Lacks: map[string]string{
			hometest.Uploads:     "a function's payload has 6 MB; larger documents come by URL",
			hometest.LargeBodies: "an event has 6 MB with the body escaped in it; bodies of 4 MiB with many escapes do not fit",
			hometest.OwnRefusals: "bodies over the gateway's own limits are refused by the gateway",
			hometest.Unsized:     "the gateway reads the whole body before a function is called",
		},
	})
}
