//go:build aws

package s3_test

import (
	"os"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/blobtest"
	"github.com/apiq/apiq/shared/blob/s3"
)

// TestConformanceAWS runs the suite against APIQ_AWS_BUCKET, under APIQ_AWS_BUCKET_KEY
// if that is set. Objects stay under wsp_…/: give the bucket a lifecycle rule.
func TestConformanceAWS(t *testing.T) {
	name := os.Getenv("APIQ_AWS_BUCKET")
	if name == "" {
		t.Fatal("APIQ_AWS_BUCKET must name a bucket of the account")
	}
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := awss3.NewFromConfig(env.AWS())
	blobtest.Run(t, blobtest.Harness{Open: func(*testing.T) blob.Driver {
		return s3.New(c, name, &s3.Options{KMSKeyID: os.Getenv("APIQ_AWS_BUCKET_KEY")})
	}})
}
