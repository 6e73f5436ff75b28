package kms

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// NewClient makes a client; endpoint is nil for the service's own address.
func NewClient(cfg aws.Config, endpoint *string) *kms.Client {
	return kms.NewFromConfig(cfg, func(o *kms.Options) { o.BaseEndpoint = endpoint })
}
