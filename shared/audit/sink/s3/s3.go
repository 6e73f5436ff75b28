// Package s3 reaches buckets that workspaces keep elsewhere, in S3 or in what speaks
// its protocol, for sinks of the audit trail. It uses the credentials that a bucket
// names, or those of a role that it names, and never the installation's own for a
// bucket.
package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/audit/sink"
)

const (
	// session names what is done under a role in the records of its account.
	session = "apiq-audit"
	// roleLife is the shortest that STS gives.
	roleLife = 15 * time.Minute
	// roles is how many of them are kept while they live.
	roles = 256
	// attempts at one request; the sink tries again later by itself.
	attempts = 2
)

// Client sends requests through the egress guard.
type Client interface {
	Do(req *http.Request) (*http.Response, error)
}

// Options of Buckets.
type Options struct {
	// Roles makes and signs requests to STS, as who the installation is. Without it no
	// role can be assumed.
	Roles *sts.Client
	// Principal is who that is, for trust policies.
	Principal string
}

// Buckets is a sink.Buckets.
type Buckets struct {
	client Client
	o      Options
	kept   *lru.Cache[role, aws.CredentialsProvider]
}

// role is kept by the external id too: what one workspace was let in with is no
// other's.
type role struct{ arn, externalID string }

var _ sink.Buckets = (*Buckets)(nil)

// New makes Buckets that are reached by a client.
func New(client Client, opts *Options) (*Buckets, error) {
	kept, err := lru.New[role, aws.CredentialsProvider](roles)
	if err != nil {
		return nil, err
	}
	b := &Buckets{client: client, kept: kept}
	if opts != nil {
		b.o = *opts
	}
	return b, nil
}

// NewRoles makes a client of STS; endpoint is nil for the service's own address.
func NewRoles(cfg aws.Config, endpoint *string) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) { o.BaseEndpoint = endpoint })
}

// Principal implements sink.Buckets.
func (b *Buckets) Principal() string {
	if b.o.Roles == nil {
		return ""
	}
	return b.o.Principal
}

// Trusted implements sink.Buckets.
func (b *Buckets) Trusted(ctx context.Context, to sink.Bucket) error {
	if b.o.Roles == nil {
		return &sink.Refusal{Reason: sink.ReasonRole, Err: errNoRoles}
	}
	if _, err := b.assume(to.RoleARN, to.ExternalID).Retrieve(ctx); err != nil {
		return refusal(ctx, err)
	}
	_, err := b.assume(to.RoleARN, "").Retrieve(ctx)
	if err == nil {
		return &sink.Refusal{Reason: sink.ReasonOpenRole, Err: errOpenRole}
	}
	if r := refusal(ctx, err); r.Reason != sink.ReasonRole { // it was not refused: nothing is known
		return r
	}
	return nil
}

var (
	errNoRoles  = errors.New("there is no identity that could assume a role")
	errOpenRole = errors.New("the role is assumed without an external id")
)

// Put implements sink.Buckets.
func (b *Buckets) Put(ctx context.Context, to sink.Bucket, secretKey string, o sink.Object) error {
	c, err := b.open(to, secretKey)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(o.Body)
	in := &s3.PutObjectInput{
		Bucket: &to.Name, Key: &o.Name, Body: bytes.NewReader(o.Body), ContentLength: aws.Int64(int64(len(o.Body))), ContentType: &o.ContentType,
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	}
	if !o.RetainUntil.IsZero() {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockMode(to.LockMode), aws.Time(o.RetainUntil.UTC().Truncate(time.Second))
	}
	if _, err := c.PutObject(ctx, in); err != nil {
		return refusal(ctx, err)
	}
	return nil
}

// Get implements sink.Buckets.
func (b *Buckets) Get(ctx context.Context, to sink.Bucket, secretKey, name string, limit int64) ([]byte, error) {
	c, err := b.open(to, secretKey)
	if err != nil {
		return nil, err
	}
	out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &to.Name, Key: &name})
	if err != nil {
		return nil, refusal(ctx, err)
	}
	defer out.Body.Close()
	got, err := io.ReadAll(io.LimitReader(out.Body, limit))
	if err != nil {
		return nil, refusal(ctx, err)
	}
	return got, nil
}

// open makes a client of one bucket. Checksums are ours, in a header: services that
// only speak the protocol do not all know the SDK's trailers.
func (b *Buckets) open(to sink.Bucket, secretKey string) (*s3.Client, error) {
	o := s3.Options{
		Region: to.Region, HTTPClient: b.client, RetryMaxAttempts: attempts, UsePathStyle: to.Endpoint != "",
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if to.Endpoint != "" {
		o.BaseEndpoint = &to.Endpoint
	}
	switch {
	case to.RoleARN == "":
		o.Credentials = credentials.NewStaticCredentialsProvider(to.AccessKeyID, secretKey, "")
	case b.o.Roles == nil:
		return nil, &sink.Refusal{Reason: sink.ReasonRole, Err: errNoRoles}
	default:
		name := role{to.RoleARN, to.ExternalID}
		have, ok := b.kept.Get(name)
		if !ok {
			have = aws.NewCredentialsCache(b.assume(name.arn, name.externalID))
			b.kept.Add(name, have)
		}
		o.Credentials = have
	}
	return s3.New(o), nil
}

// assume asks for the credentials of a role, for a quarter of an hour.
func (b *Buckets) assume(arn, externalID string) *stscreds.AssumeRoleProvider {
	return stscreds.NewAssumeRoleProvider(b.o.Roles, arn, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = session, roleLife
		if externalID != "" {
			o.ExternalID = &externalID
		}
	})
}
