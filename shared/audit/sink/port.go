package sink

import (
	"context"
	"time"
)

// Bucket is where a sink of the type s3 puts its objects. Nothing of it is secret.
type Bucket struct {
	Name   string `json:"bucket,omitempty"`
	Prefix string `json:"prefix,omitempty"` // stands before the objects' names; ends with / where it is not empty
	Region string `json:"region,omitempty"`
	// Endpoint is the address of a service that is not Amazon's own.
	Endpoint string `json:"endpoint,omitempty"`
	// RoleARN is the role of the bucket's account that is assumed, and ExternalID what
	// is said with it: the workspace's id, so that no workspace can name another's role.
	RoleARN    string `json:"roleArn,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	// AccessKeyID stands in place of a role, with a secret key that is sealed.
	AccessKeyID string `json:"accessKeyId,omitempty"`
	// LockDays is for how long nobody can delete an object, 0 for no lock of our own.
	LockDays int    `json:"objectLockDays,omitempty"`
	LockMode string `json:"objectLockMode,omitempty"`
}

// Modes of a lock (Amazon S3 User Guide, "Locking objects with Object Lock").
const (
	LockGovernance = "GOVERNANCE"
	LockCompliance = "COMPLIANCE"
)

// Object is one that is put.
type Object struct {
	Name        string
	Body        []byte
	ContentType string
	// RetainUntil locks it in the bucket's mode. Zero: it is not locked.
	RetainUntil time.Time
}

// Buckets reaches buckets that workspaces keep elsewhere: through the egress guard, and
// with no credentials but those that the bucket names. Where the other side says no, or
// is not there, the error is a *Refusal.
type Buckets interface {
	// Principal is who has to be let in by a role's trust policy, "" where this home
	// has no identity that could assume one.
	Principal() string
	// Trusted is an error unless the bucket's role can be assumed, and only with its
	// external id.
	Trusted(ctx context.Context, b Bucket) error
	// Put stores an object under its name, over one that is there.
	Put(ctx context.Context, b Bucket, secretKey string, o Object) error
	// Get reads at most limit bytes of an object.
	Get(ctx context.Context, b Bucket, secretKey, name string, limit int64) ([]byte, error)
}

// Reason is why a bucket could not be used.
type Reason string

// The reasons.
const (
	ReasonNoBucket    Reason = "bucket"      // there is none of this name
	ReasonRegion      Reason = "region"      // it is in another region
	ReasonCredentials Reason = "credentials" // the access key is not known, or signs wrongly
	ReasonDenied      Reason = "denied"      // the credentials do not allow it
	ReasonRole        Reason = "role"        // the role cannot be assumed
	ReasonOpenRole    Reason = "openRole"    // it can be without an external id: by others, for others
	ReasonLock        Reason = "lock"        // the bucket takes no locked objects
	ReasonBlocked     Reason = "blocked"     // the address leads to where nothing may be sent
	ReasonAway        Reason = "away"        // it did not answer, or failed
	ReasonOther       Reason = "other"
)

// Refusal is what came of a call. Err is for the log.
type Refusal struct {
	Reason Reason
	Err    error
}

func (r *Refusal) Error() string { return "bucket: " + string(r.Reason) + ": " + r.Err.Error() }

func (r *Refusal) Unwrap() error { return r.Err }
