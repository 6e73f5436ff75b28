package s3

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// NewClient makes a client; endpoint is nil for the service's own address. An
// endpoint of one's own has no names of buckets in front of its host.
func NewClient(cfg aws.Config, endpoint *string) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.BaseEndpoint, o.UsePathStyle = endpoint, endpoint != nil })
}
