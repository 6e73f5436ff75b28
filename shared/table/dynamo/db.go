package dynamo

import (
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"github.com/apiq/apiq/shared/table"
)

// DB is a table.Driver over one DynamoDB table.
type DB struct {
	client  *dynamodb.Client
	table   *string
	retryer aws.RetryerV2
	backoff backoff
	rounds  int
	bounded middleware.FinalizeMiddleware

	closing sync.RWMutex // held for reading by every call under way
	closed  bool
}

var _ table.Driver = (*DB)(nil)

// Options of a DB.
type Options struct {
	// Attempts is how often one request is sent at most. Defaults to 14: with
	// 30 % of requests throttled, one call in 20 million gives up.
	Attempts int
	// MaxBackoff is the longest pause between two attempts. Pauses start at
	// 25 ms, double, and are random below that bound. Defaults to half a second,
	// which makes about 2.4 s in all at most, on average.
	MaxBackoff time.Duration
	// Timeout bounds each attempt: a connection that is dead is left for another.
	// Defaults to 3 s; the largest transaction takes well below one.
	Timeout time.Duration
}

// New returns a driver over a table of package schema's shape. The client's own
// retryer is not used: each call brings the driver's.
func New(client *dynamodb.Client, tableName string, opts *Options) *DB {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Attempts <= 0 {
		o.Attempts = 14
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 500 * time.Millisecond
	}
	if o.Timeout <= 0 {
		o.Timeout = 3 * time.Second
	}
	b := backoff{first: min(25*time.Millisecond, o.MaxBackoff), most: o.MaxBackoff}
	return &DB{
		client: client, table: &tableName,
		retryer: newRetryer(o.Attempts, b), backoff: b, rounds: o.Attempts, bounded: timeout(o.Timeout),
	}
}

// NewClient makes a client. endpoint is nil for the service's own address in
// cfg.Region.
func NewClient(cfg aws.Config, endpoint *string) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if endpoint != nil {
			o.BaseEndpoint = endpoint
		}
	})
}

// Close waits for the calls under way. The client holds nothing to release.
func (db *DB) Close() error {
	db.closing.Lock()
	defer db.closing.Unlock()
	db.closed = true
	return nil
}

// enter marks a call under way; leave ends it.
func (db *DB) enter() (leave func(), err error) {
	db.closing.RLock()
	if db.closed {
		db.closing.RUnlock()
		return nil, table.ErrClosed
	}
	return db.closing.RUnlock, nil
}
