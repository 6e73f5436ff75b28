package stepfunctions

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// NewClient makes a client; endpoint is nil for the service's own address.
func NewClient(cfg aws.Config, endpoint *string) *sfn.Client {
	return sfn.NewFromConfig(cfg, func(o *sfn.Options) { o.BaseEndpoint = endpoint })
}
