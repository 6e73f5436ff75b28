package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"
)

// ContentSecurityPolicy is the one that the local process sends, and that the
// dashboard is built and tested under (docs/security.md).
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// newHeaders are the headers of the dashboard's pages and files. The API sends its
// own.
func (h *Home) newHeaders(s awscdk.Stack) awscloudfront.ResponseHeadersPolicy {
	always := jsii.Bool(true)
	header := func(name, value string) *awscloudfront.ResponseCustomHeader {
		return &awscloudfront.ResponseCustomHeader{Header: jsii.String(name), Value: jsii.String(value), Override: always}
	}
	return awscloudfront.NewResponseHeadersPolicy(s, jsii.String("Headers"), &awscloudfront.ResponseHeadersPolicyProps{
		ResponseHeadersPolicyName: jsii.String(h.names.Of("dashboard")),
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{ContentSecurityPolicy: jsii.String(ContentSecurityPolicy), Override: always},
			StrictTransportSecurity: &awscloudfront.ResponseHeadersStrictTransportSecurity{
				AccessControlMaxAge: awscdk.Duration_Days(jsii.Number(730)), IncludeSubdomains: always, Override: always,
			},
			ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: always},
			ReferrerPolicy:     &awscloudfront.ResponseHeadersReferrerPolicy{ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_SAME_ORIGIN, Override: always},
			FrameOptions:       &awscloudfront.ResponseHeadersFrameOptions{FrameOption: awscloudfront.HeadersFrameOption_DENY, Override: always},
		},
		CustomHeadersBehavior: &awscloudfront.ResponseCustomHeadersBehavior{CustomHeaders: &[]*awscloudfront.ResponseCustomHeader{
			header("Cross-Origin-Opener-Policy", "same-origin"),
			header("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
		}},
	})
}
