package stack

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/shared/route"
)

//go:embed edge/app.js
var appAtEdge string

//go:embed edge/api.js
var apiAtEdge string

// originHeader carries the edge's secret (shared/lambda).
const originHeader = "X-Apiq-Origin"

// dashboard is the one origin: the app's files, and the API below its paths.
type dashboard struct {
	bucket       awss3.Bucket
	distribution awscloudfront.Distribution
	url          *string
}

func (h *Home) newDashboard() *dashboard {
	s := h.newStack("dashboard", "the one origin of dashboard and API")
	props := h.bucket(h.names.Dashboard())
	props.Encryption = awss3.BucketEncryption_S3_MANAGED // public files: what CloudFront serves to anybody
	props.RemovalPolicy = awscdk.RemovalPolicy_DESTROY
	bucket := awss3.NewBucket(s, jsii.String("Bucket"), props)
	suppress(bucket, "AwsSolutions-S1", "Public files that only CloudFront reads; nothing in them is anybody's.")

	d := &dashboard{bucket: bucket, distribution: h.newDistribution(s, bucket)}
	d.url = awscdk.Fn_Join(jsii.String(""), &[]*string{jsii.String("https://"), d.distribution.DomainName()})
	if h.cfg.Domain != "" {
		d.url = jsii.String("https://" + h.cfg.Domain)
		h.newRecords(s, d.distribution)
	}
	awscdk.NewCfnOutput(s, jsii.String("Url"), &awscdk.CfnOutputProps{Value: d.url, Description: jsii.String("Where people reach APIQ")})
	return d
}

func (h *Home) newDistribution(s awscdk.Stack, bucket awss3.Bucket) awscloudfront.Distribution {
	atEdge := func(id, code string) *[]*awscloudfront.FunctionAssociation {
		f := awscloudfront.NewFunction(s, jsii.String(id), &awscloudfront.FunctionProps{
			FunctionName: jsii.String(h.names.Of(strings.ToLower(id))), Code: awscloudfront.FunctionCode_FromInline(jsii.String(code)),
			Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
		})
		return &[]*awscloudfront.FunctionAssociation{{Function: f, EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST}}
	}
	props := &awscloudfront.DistributionProps{
		Comment:           jsii.String("APIQ " + h.cfg.Env),
		DefaultRootObject: jsii.String("index.html"),
		HttpVersion:       awscloudfront.HttpVersion_HTTP2_AND_3,
		PriceClass:        awscloudfront.PriceClass_PRICE_CLASS_100,
		EnableIpv6:        jsii.Bool(true),
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin:                awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(bucket, nil),
			ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
			CachePolicy:           awscloudfront.CachePolicy_CACHING_OPTIMIZED(),
			ResponseHeadersPolicy: h.newHeaders(s),
			FunctionAssociations:  atEdge("AppAtEdge", appAtEdge),
			Compress:              jsii.Bool(true),
		},
		AdditionalBehaviors: &map[string]*awscloudfront.BehaviorOptions{},
	}
	gateway := awscloudfrontorigins.NewHttpOrigin(h.api.host(), &awscloudfrontorigins.HttpOriginProps{
		ProtocolPolicy:     awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
		OriginSslProtocols: &[]awscloudfront.OriginSslPolicy{awscloudfront.OriginSslPolicy_TLS_V1_2},
		ReadTimeout:        awscdk.Duration_Seconds(jsii.Number(31)), // an HTTP API gives up after 30
		CustomHeaders:      &map[string]*string{originHeader: h.api.origin},
	})
	onAPI := atEdge("ApiAtEdge", apiAtEdge)
	for _, path := range apiPaths() {
		(*props.AdditionalBehaviors)[path] = &awscloudfront.BehaviorOptions{
			Origin: gateway, FunctionAssociations: onAPI,
			ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY, // a redirected POST would lose its body, and has already shown its cookie
			AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_ALL(),
			CachePolicy:          awscloudfront.CachePolicy_CACHING_DISABLED(),
			OriginRequestPolicy:  awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		}
	}
	if h.cfg.Domain != "" {
		props.DomainNames = jsii.Strings(h.cfg.Domain)
		props.Certificate = awscertificatemanager.Certificate_FromCertificateArn(s, jsii.String("Certificate"), jsii.String(h.cfg.Certificate))
		props.MinimumProtocolVersion = awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021
	}
	if h.cfg.Waf {
		props.WebAclId = h.newWebACL(s)
	}
	distribution := awscloudfront.NewDistribution(s, jsii.String("Distribution"), props)
	suppress(distribution, "AwsSolutions-CFR1", "APIQ is for people anywhere.")
	suppress(distribution, "AwsSolutions-CFR3", "Each request for the API is in the HTTP API's access log; the rest are public files.")
	if !h.cfg.Waf {
		suppress(distribution, "AwsSolutions-CFR2", "Optional (-c waf=true): about $8 a month at rest. Without it the routes' throttles and the limits in the functions hold.")
	}
	if h.cfg.Domain == "" {
		suppress(distribution, "AwsSolutions-CFR4", "CloudFront's own name comes with CloudFront's own certificate and policy; with a domain (-c domain, certificate) TLS 1.2 is the least.")
	}
	return distribution
}

// apiPaths are the paths that lead to the API: the first segment of each route, and
// webhooks.
func apiPaths() []string {
	all := []string{"/api/*", "/hooks/*", "/scim/*"}
	for _, r := range route.Table() {
		first, rest, below := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
		path := "/" + first
		if below && rest != "" {
			path += "/*"
		}
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

func (h *Home) newRecords(s awscdk.Stack, distribution awscloudfront.Distribution) {
	if h.cfg.Zone == "" {
		return
	}
	zone := awsroute53.HostedZone_FromHostedZoneAttributes(s, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String(h.cfg.Zone), ZoneName: jsii.String(h.cfg.ZoneName),
	})
	target := awsroute53.RecordTarget_FromAlias(awsroute53targets.NewCloudFrontTarget(distribution))
	name := jsii.String(h.cfg.Domain + ".")
	awsroute53.NewARecord(s, jsii.String("A"), &awsroute53.ARecordProps{Zone: zone, RecordName: name, Target: target})
	awsroute53.NewAaaaRecord(s, jsii.String("Aaaa"), &awsroute53.AaaaRecordProps{Zone: zone, RecordName: name, Target: target})
}
