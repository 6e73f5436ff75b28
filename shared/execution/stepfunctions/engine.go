package stepfunctions

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
)

// Options of an Engine.
type Options struct {
	// Prefix begins the names of state machines: at most 14 letters, digits, - and _,
	// for Step Functions gives a name 80 characters.
	Prefix string
	// RoleARN is the role that state machines run under. An engine without one reads
	// and stops runs, but starts none.
	RoleARN string
	// LogGroupARN is where express executions log to. Without one every run is a
	// standard execution.
	LogGroupARN string
	// Functions give the ARN of each function that definitions call, by its logical name.
	Functions map[string]string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets what nobody waits for. Defaults to slog.Default().
	Log *slog.Logger
	// Grace is how late an express run's log may be before the run goes on as a
	// standard execution without it. Defaults to 5 minutes.
	Grace time.Duration
}

const (
	// maxInput and maxDefinition are quotas of Step Functions, in bytes.
	maxInput      = 256 << 10
	maxDefinition = 1 << 20
	maxName       = 80
	hashLength    = 24
	maxPrefix     = maxName - len("-wsp_xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx-") - hashLength
	// expressLimit is how long an express execution runs.
	expressLimit = 5 * time.Minute
	defaultGrace = 5 * time.Minute
	// known and marked bound what a process remembers of machines and histories.
	known  = 4096
	marked = 256
)

// plain is what names consist of: what Step Functions allows and CloudWatch can log.
var plain = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

// Engine is an execution.Engine over Step Functions. It is safe for concurrent
// use, also by several processes.
//
// Beside the port's errors, throttling, a service that does not answer and a full
// account are table.ErrThrottled, as a throttled table is: try again later. The
// SDK's client has then tried as often as it was made to.
type Engine struct {
	client   *sfn.Client
	store    *table.Store
	opts     Options
	machines *lru.Cache[string, string] // ARN by name
	marks    *lru.Cache[string, []mark] // by execution
}

var _ execution.Engine = (*Engine)(nil)

// New makes an engine. The error names each option that cannot be.
func New(client *sfn.Client, store *table.Store, o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	var faults []error
	if !plain.MatchString(o.Prefix) || len(o.Prefix) > maxPrefix {
		faults = append(faults, fmt.Errorf("stepfunctions: the prefix %q is not 1 to %d letters, digits, - and _", o.Prefix, maxPrefix))
	}
	if o.RoleARN != "" && len(strings.SplitN(o.RoleARN, ":", 6)) != 6 {
		faults = append(faults, fmt.Errorf("stepfunctions: the role %q is no ARN", o.RoleARN))
	}
	if o.LogGroupARN != "" && !strings.HasSuffix(o.LogGroupARN, ":*") {
		o.LogGroupARN += ":*" // Step Functions wants it so, CloudFormation gives either
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	machines, err := lru.New[string, string](known)
	if err != nil {
		return nil, fmt.Errorf("stepfunctions: %w", err)
	}
	marks, err := lru.New[string, []mark](marked)
	if err != nil {
		return nil, fmt.Errorf("stepfunctions: %w", err)
	}
	return &Engine{client: client, store: store, opts: o, machines: machines, marks: marks}, nil
}
