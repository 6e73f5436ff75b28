// Package s3 is the blob driver over an S3 bucket, which may be versioned and
// must not be a directory bucket (those list in no order). It never lists or
// deletes outside the names that it is given.
//
// A process that is killed in the middle of a large object leaves its parts
// behind, invisible but paid for: the bucket needs a lifecycle rule that aborts
// incomplete multipart uploads.
package s3

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apiq/apiq/shared/blob"
)

// Store is a blob.Driver. The client's retryer bounds its attempts: an answer of
// SlowDown or 5xx is tried again there, and is blob.ErrUnavailable after the last.
type Store struct {
	client *s3.Client
	bucket string
	o      Options
}

var _ blob.Driver = (*Store)(nil)

// Options of a Store.
type Options struct {
	// KMSKeyID is the ARN of the KMS key that objects are encrypted with (SSE-KMS,
	// under a bucket key). Defaults to the bucket's own encryption.
	KMSKeyID string
	// ConflictWait is the pause before an exclusive Put is tried again after
	// another writer's conflict; it doubles each time. Defaults to 50 ms.
	ConflictWait time.Duration
	// Now is the clock, for objects whose answer bears no date. Defaults to time.Now.
	Now func() time.Time
}

// New returns a Store over a bucket, which must exist.
func New(client *s3.Client, bucket string, opts *Options) *Store {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.ConflictWait <= 0 {
		o.ConflictWait = 50 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{client: client, bucket: bucket, o: o}
}
