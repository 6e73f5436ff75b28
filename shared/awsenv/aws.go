package awsenv

import (
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Time-outs of one request to an AWS service: a function must not spend its time on
// a connection that is dead. The SDK tries again, up to its own limit.
const (
	dialTimeout   = 2 * time.Second
	tlsTimeout    = 3 * time.Second
	headerTimeout = 15 * time.Second
	idleTimeout   = 50 * time.Second
	attempts      = 4
)

// AWS is the configuration of clients, made from what Lambda sets and from nothing
// else: the SDK's config module would read files and ask the instance's metadata,
// and takes milliseconds of each cold start.
func (e Env) AWS() aws.Config {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return aws.Config{
		Region:      e.Region,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretKey.Reveal(), e.SessionToken.Reveal())),
		HTTPClient: &http.Client{Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: tlsTimeout, ResponseHeaderTimeout: headerTimeout,
			IdleConnTimeout: idleTimeout, MaxIdleConnsPerHost: 16, ForceAttemptHTTP2: true,
		}},
		RetryMode:        aws.RetryModeStandard,
		RetryMaxAttempts: attempts,
	}
}

// Endpoint is what a client's options take: nil for the service's own address.
func Endpoint(url string) *string {
	if url == "" {
		return nil
	}
	return &url
}
