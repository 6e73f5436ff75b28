//go:build aws

package kms_test

import (
	"os"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/kms"
	"github.com/apiq/apiq/shared/secret/secrettest"
)

// TestConformanceAWS runs the suite under the key APIQ_AWS_KEY_ARN.
func TestConformanceAWS(t *testing.T) {
	key := os.Getenv("APIQ_AWS_KEY_ARN")
	if key == "" {
		t.Fatal("APIQ_AWS_KEY_ARN must name a symmetric KMS key of the account")
	}
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := awskms.NewFromConfig(env.AWS())
	secrettest.Run(t, secrettest.Harness{Open: func(*testing.T) secret.KeyWrap { return kms.New(c, key, nil) }})
}
