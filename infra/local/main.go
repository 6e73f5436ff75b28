// Command apiq is the one-machine home: every route in one process, with an
// embedded table, blobs in a folder and keys in a file; and the commands around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev" //nolint:gochecknoglobals // the linker can set nothing else

// cli is the command line. Each command's Run gets the context and the streams.
type cli struct {
	Serve     serveCmd     `cmd:"" help:"Start APIQ: the API, the dashboard and the sample APIs."`
	Demo      demoCmd      `cmd:"" help:"Do the whole main job in the terminal: connect, plan, confirm, run."`
	ASL       aslCmd       `cmd:"" name:"asl" help:"Work with state machines."`
	Spec      specCmd      `cmd:"" help:"Work with OpenAPI documents."`
	Eval      evalCmd      `cmd:"" help:"Measure planning over goals whose answers are known."`
	Audit     auditCmd     `cmd:"" help:"Work with exports and the archive of the audit trail."`
	Backup    backupCmd    `cmd:"" help:"Write everything that is in the data folder to one file, while the server runs or not; or verify such a file."`
	Keys      keysCmd      `cmd:"" help:"Tell of the keys of the data folder or of a server, and rotate them."`
	Providers providersCmd `cmd:"" help:"Set up ways to sign in, many at once, from a file."`
	Restore   restoreCmd   `cmd:"" help:"Make a data folder of a backup."`
	Health    healthCmd    `cmd:"" help:"Ask the process at APIQ_ADDR whether it is well; exits 1 when it is not."`
	OpenAPI   openAPICmd   `cmd:"" name:"openapi" help:"Print the HTTP contract as OpenAPI 3.1."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

// streams are where a command reads and writes.
type streams struct {
	out, err io.Writer
}

// errFailed ends a command with status 1 when it has already said why.
var errFailed = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr}))
}

// run returns the exit status: 0, 1 for a failure, 2 for what cannot be worked on.
func run(ctx context.Context, args []string, io streams) (status int) {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("apiq"), kong.Description("A sentence becomes a checked, confirmed, durable workflow over any API."),
		kong.UsageOnError(), kong.Writers(io.out, io.err), kong.Exit(func(code int) { exit = code }), kong.Vars{"version": version, "goal": demoGoal},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(io))
	if err != nil {
		fmt.Fprintln(io.err, "apiq:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(io.err, "apiq: %v\nRun apiq --help for what there is.\n", err)
		return 2
	}
	if err := parsed.Run(); err != nil {
		if !errors.Is(err, errFailed) {
			fmt.Fprintln(io.err, "apiq:", err)
		}
		if errors.Is(err, errUsage) {
			return 2
		}
		return 1
	}
	return 0
}
