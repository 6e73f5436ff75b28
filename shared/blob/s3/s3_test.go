package s3_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apiq/apiq/infra/awstest/objects"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/blobtest"
	"github.com/apiq/apiq/shared/blob/s3"
)

const bucket = "apiq-blobs"

const attempts = 4

// client is a real client of a stand-in, that waits no seconds between attempts.
func client(endpoint string) *awss3.Client {
	return awss3.New(awss3.Options{
		Region: "eu-central-1", BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = attempts, time.Millisecond
		}),
	})
}

// open is a Store over S3 with something in between.
func open(t testing.TB, between func(s3 http.Handler) http.Handler, opts *s3.Options) *s3.Store {
	t.Helper()
	srv := httptest.NewServer(between(objects.New(bucket)))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	if opts == nil {
		opts = &s3.Options{ConflictWait: time.Millisecond}
	}
	return s3.New(client(srv.URL), bucket, opts)
}

// TestConformance runs the suite with a key, as the product does.
func TestConformance(t *testing.T) {
	t.Parallel()
	endpoint := objects.Start(t, bucket)
	blobtest.Run(t, blobtest.Harness{Open: func(*testing.T) blob.Driver {
		return s3.New(client(endpoint), bucket, &s3.Options{KMSKeyID: "arn:aws:kms:eu-central-1:123456789012:key/1"})
	}})
}
