// Package blobs opens the blob store on S3.
package blobs

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/s3"
)

// Open opens the bucket of blobs.
func Open(b *base.Base) (*blob.Store, error) {
	if err := awsenv.Require("APIQ_BUCKET", b.Env.Bucket); err != nil {
		return nil, err
	}
	objects := open(b, b.Env.Bucket)
	return objects.Metered(b.Quotas.Counting(objects).Meter()), nil
}

// Archive opens the bucket of the audit archive.
func Archive(b *base.Base) (*blob.Store, error) {
	if err := awsenv.Require("APIQ_ARCHIVE_BUCKET", b.Env.Archive); err != nil {
		return nil, err
	}
	return open(b, b.Env.Archive), nil
}

func open(b *base.Base, bucket string) *blob.Store {
	client := s3.NewClient(b.AWS, awsenv.Endpoint(b.Env.EndpointS3))
	return blob.New(s3.New(client, bucket, &s3.Options{KMSKeyID: b.Env.BucketKey}))
}
