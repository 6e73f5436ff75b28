package lambda_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/lambda"
)

// child makes the test binary a function that cannot start.
const child = "LAMBDA_TEST_CHILD"

// TestCannotStart: a fault of the start is told in one line, and ends the process
// before it asks for work.
func TestCannotStart(t *testing.T) {
	t.Parallel()
	if os.Getenv(child) != "" {
		lambda.Main(func() (lambda.Handler, error) { return nil, errors.New(`no "table"`) })
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCannotStart$")
	cmd.Env = append(os.Environ(), child+"=1", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.TrimSpace(string(out)) != `{"level":"ERROR","msg":"function cannot start","err":"no \"table\""}` {
		t.Errorf("%v %s", err, out)
	}
}
