// Package stand is the AWS home on one machine, for tests: the real bootstrap
// binaries behind a gateway and its edge, with DynamoDB Local, S3, KMS, Step
// Functions and the rest on loopback, each behind the policy that the function's row
// grants.
package stand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/infra/awstest/events"
	"github.com/apiq/apiq/infra/awstest/fleet"
	"github.com/apiq/apiq/infra/awstest/gateway"
	"github.com/apiq/apiq/infra/awstest/kms"
	"github.com/apiq/apiq/infra/awstest/mail"
	"github.com/apiq/apiq/infra/awstest/objects"
	"github.com/apiq/apiq/infra/awstest/policy"
	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/statemachines"
)

const (
	region     = "eu-central-1"
	account    = "123456789012"
	bucket     = "apiq-stand-blobs"
	archive    = "apiq-stand-archive"
	prefix     = "apiq-stand" // as infra/cdk/names has it, and these
	flows      = prefix + "-w"
	platform   = prefix + "-platform-"
	busName    = "apiq-stand"
	clockGroup = "apiq-stand-triggers"
	clockRole  = "arn:aws:iam::" + account + ":role/clocks"
	edgeSecret = "only-for-the-stand"
	mailFrom   = "apiq@example.com"
	// PublicURL is where people would open it.
	PublicURL = "https://apiq.example.com"
	// required is the variable that asks for the stand.
	required = "APIQ_AWS_TESTS"
	// sweep is how often event-resume is invoked: five minutes on AWS.
	sweep = 2 * time.Second
)

// Options of a Stand.
type Options struct {
	// Env overrides variables of every function that is given them.
	Env map[string]string
	// Table decides about requests to the table. Defaults to letting all through.
	Table dynamodb.Fault
	// Keys decides about requests to the key service.
	Keys func(operation string) kms.Fault
	// Logs makes deliveries of express runs' log worse.
	Logs states.Logs
	// Secrets plays Secrets Manager, and SignIns is the ARN of the secret there with the
	// client secrets of the operator's providers. Default to none.
	Secrets http.Handler
	SignIns string
	// Twice hands over every event of the bus and every firing of a clock twice.
	Twice bool
	// Processes is how many of one function run at once. Defaults to 4.
	Processes int
	// Meter counts what is used. Defaults to nobody.
	Meter *Meter
	// Invoked is told of each invocation of a function before it begins.
	Invoked func(function string, payload []byte)
}

// Stand is a home that answers at URL. It ends with its test.
type Stand struct {
	url      string
	Fleet    *fleet.Fleet
	Keys     *kms.Server
	KeyARN   string
	States   *states.Server
	Clocks   *events.Scheduler
	Bus      *events.Bus
	Policies *policy.Policies
	Table    *dynamodb.Proxy
	Mail     *mail.Server

	meter     *Meter
	table     string
	endpoint  string // of the table's server itself
	blobs     string // of the objects' server
	statesDir string
	logs      *buffer
	engine    *sfn.Client       // the deployer's
	machines  map[string]string // ARNs of the platform's, by name
	env       map[string]string
	stopSweep context.CancelFunc
	sweeping  sync.WaitGroup
}

// URL is where the home answers.
func (s *Stand) URL() string { return s.url }

// Start brings a home up; it is empty.
func Start(t testing.TB, o Options) *Stand {
	t.Helper()
	if os.Getenv(required) != "1" {
		t.Skipf("the stand builds and runs every function: set %s=1, as make test/aws does", required)
	}
	binaries := Binaries(t)
	s := &Stand{meter: o.Meter, logs: &buffer{}, statesDir: t.TempDir()}
	s.Keys = kms.New(&kms.Options{Region: region, Account: account, Fault: o.Keys})
	s.KeyARN = s.Keys.CreateKey()
	s.endpoint = dynamodb.Start(t)
	s.table = dynamodb.Table(t, s.endpoint)
	s.openStates(t, o)
	s.Policies = policy.New(policy.Resources{Table: s.table, Bucket: bucket, Archive: archive, Key: s.KeyARN, Machines: flows, Role: s.States.RoleARN(),
		Import: platform + statemachines.SpecImport, Clocks: clockGroup, ClockRole: clockRole, Bus: busName, Mail: mailFrom, SignIns: o.SignIns})
	s.openTable(t, o)
	keys := s.serve(t, "kms", s.Keys)
	s.blobs = s.serve(t, "s3", objects.New(bucket, archive))
	s.Mail = mail.New(&mail.Options{Verified: []string{mailFrom}})
	post := s.serve(t, "ses", s.Mail)
	engine := s.serve(t, "states", s.States)
	s.openMachines(t, engine)
	s.openEvents(o)
	clocks, bus := s.serve(t, "scheduler", s.Clocks), s.serve(t, "events", s.Bus)
	s.env = map[string]string{
		"APIQ_LOG_LEVEL": "warn", "APIQ_ORIGIN_SECRET": edgeSecret, "APIQ_PUBLIC_URL": PublicURL,
		"APIQ_TABLE": s.table, "APIQ_KEY_ARN": s.KeyARN, "APIQ_BUCKET": bucket, "APIQ_ARCHIVE_BUCKET": archive,
		"APIQ_EGRESS_ALLOW":  "127.0.0.0/8,::1/128", // the peers of tests are there
		"APIQ_STATES_PREFIX": flows, "APIQ_STATES_ROLE": s.States.RoleARN(), "APIQ_STATES_LOG_GROUP": s.States.LogGroupARN(),
		"APIQ_MAIL_FROM": mailFrom, "APIQ_IMPORT_MACHINE": s.machines[statemachines.SpecImport], "APIQ_BUS": busName,
		"APIQ_SCHEDULE_GROUP": clockGroup, "APIQ_SCHEDULE_ROLE": clockRole, "APIQ_SCHEDULE_TARGET": functionARN("event-schedule"),
		"APIQ_FUNCTION_CALL": functionARN("task-call"), "APIQ_FUNCTION_APPROVAL": functionARN("task-approval"), "APIQ_FUNCTION_WORKFLOW": functionARN("task-workflow"),
	}
	for name, value := range o.Env {
		s.env[name] = value
	}
	endpoints := map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": s.Table.URL, "AWS_ENDPOINT_URL_S3": s.blobs, "AWS_ENDPOINT_URL_KMS": keys, "AWS_ENDPOINT_URL_SFN": engine,
		"AWS_ENDPOINT_URL_SCHEDULER": clocks, "AWS_ENDPOINT_URL_EVENTBRIDGE": bus, "AWS_ENDPOINT_URL_SESV2": post,
		"AWS_REGION": region, "AWS_SECRET_ACCESS_KEY": "only-for-the-stand", "AWS_SESSION_TOKEN": "only-for-the-stand",
	}
	if o.Secrets != nil {
		endpoints["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = s.serve(t, "secretsmanager", o.Secrets)
	}
	processes := o.Processes
	if processes <= 0 {
		processes = 4
	}
	var err error
	s.Fleet, err = fleet.New(fleet.Options{
		Binary: func(id string) string { return binaries + "/" + id + "/bootstrap" },
		Env:    func(id string) map[string]string { return s.environment(id, endpoints) },
		Timeout: func(id string) time.Duration {
			f, _ := route.FunctionByID(id)
			return f.Timeout
		},
		Processes: processes, Output: s.logs, Invoked: o.Invoked, Done: o.Meter.ran,
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(gateway.New(gateway.Options{Routes: routes(), Default: "fallback", Invoke: s.request, EdgeSecret: edgeSecret}))
	s.url = front.URL
	s.sweep()
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		s.stopSweep()
		s.sweeping.Wait()
		if err := errors.Join(s.States.Close(), s.Fleet.Close()); err != nil {
			t.Errorf("stand: %v", err)
		}
		if refused := s.Policies.Refused(); len(refused) > 0 {
			t.Errorf("not granted by their rows: %v", refused)
		}
		if t.Failed() && testing.Verbose() {
			t.Logf("what the functions logged:\n%s", s.logs.tail(16<<10))
		}
	})
	return s
}

// openTable puts what a test makes of the table's answers before it.
func (s *Stand) openTable(t testing.TB, o Options) {
	t.Helper()
	if o.Table == nil {
		o.Table = func(string, int) *dynamodb.Refusal { return nil }
	}
	s.Table = dynamodb.NewProxy(t, s.endpoint, o.Table)
	s.Table.URL = s.serve(t, "dynamodb", s.Table)
}

func (s *Stand) openStates(t testing.TB, o Options) {
	t.Helper()
	var err error
	s.States, err = states.New(states.Options{
		Region: region, Account: account, Dir: s.statesDir, Logs: o.Logs,
		Invoke: func(ctx context.Context, arn string, payload []byte) ([]byte, *states.Fault) {
			out, err := s.Fleet.Invoke(ctx, functionOf(arn), payload)
			var fault *fleet.Fault
			switch {
			case errors.As(err, &fault):
				return nil, &states.Fault{Type: fault.Type, Message: fault.Message}
			case err != nil:
				return nil, &states.Fault{Type: "Lambda.ServiceException", Message: err.Error()}
			}
			return out, nil
		},
		OnStatus: func(ctx context.Context, event json.RawMessage) error { return s.event(ctx, "event-run", event) },
		OnLog: func(ctx context.Context, payload json.RawMessage) error {
			s.meter.add(func(c *Consumption) { c.LogBytes += unpackedLog(payload) })
			return s.event(ctx, "event-history", payload)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *Stand) event(ctx context.Context, function string, payload []byte) error {
	_, err := s.Fleet.Invoke(ctx, function, payload)
	return err
}

// request is one that the gateway took.
func (s *Stand) request(ctx context.Context, function string, payload []byte) ([]byte, error) {
	s.meter.add(func(c *Consumption) { c.Requests++ })
	return s.Fleet.Invoke(ctx, function, payload)
}

// unpackedLog is how many bytes of log a delivery stands for: CloudWatch charges what
// it takes in.
func unpackedLog(payload []byte) int {
	var in struct{ Awslogs struct{ Data []byte } }
	if json.Unmarshal(payload, &in) != nil {
		return 0
	}
	return len(unpacked(in.Awslogs.Data))
}

// sweep invokes what a schedule does.
func (s *Stand) sweep() {
	ctx, stop := context.WithCancel(context.Background())
	s.stopSweep = stop
	s.sweeping.Go(func() {
		ticks := time.NewTicker(sweep)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				_ = s.event(ctx, "event-resume", []byte("{}")) // the next sweep does what this one could not
				_ = s.event(ctx, "event-mail", []byte("{}"))
			}
		}
	})
}

// serve puts a service behind the policies, on loopback.
func (s *Stand) serve(t testing.TB, service string, h http.Handler) (endpoint string) {
	t.Helper()
	server := httptest.NewServer(s.meter.watch(service, s.Policies.Function, s.Policies.Guard(service, h)))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

// environment is what CDK gives a function, and Lambda.
func (s *Stand) environment(id string, endpoints map[string]string) map[string]string {
	f, ok := route.FunctionByID(id)
	if !ok {
		return nil
	}
	env := map[string]string{"AWS_ACCESS_KEY_ID": policy.AccessKey(id)}
	for name, value := range endpoints {
		env[name] = value
	}
	for _, name := range f.Variables() {
		if value, ok := s.env[name]; ok {
			env[name] = value
		}
	}
	return env
}

func routes() []gateway.Route {
	var all []gateway.Route
	for _, r := range route.Table() {
		for _, method := range r.Methods() {
			all = append(all, gateway.Route{Method: method, Path: r.Path, Function: r.ID})
		}
	}
	return all
}

func functionARN(id string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s-%s:live", region, account, prefix, id)
}

func functionOf(arn string) string {
	name := strings.TrimPrefix(arn, fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s-", region, account, prefix))
	return strings.TrimSuffix(name, ":live")
}

// buffer keeps what the functions print.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) tail(n int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.b.Bytes()
	return bytes.Clone(all[max(0, len(all)-n):])
}
