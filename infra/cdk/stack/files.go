package stack

import (
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/jsii-runtime-go"

	"github.com/apiq/apiq/infra/cdk/grant"
)

// newFiles puts the dashboard's files into its bucket, if they are built. Files with
// a hash in their name come first and stay, for those who still have the last page
// open; the page is asked for each time, so nothing need be invalidated.
func (h *Home) newFiles(s awscdk.Stack) {
	dist := filepath.Join(h.root, "dashboard", "dist")
	if !isFile(filepath.Join(dist, "index.html")) {
		awscdk.Annotations_Of(s).AddWarningV2(jsii.String("apiq:dashboard"), jsii.String("The dashboard is not built, so its files are left out. Run `make dashboard`."))
		return
	}
	log := awslogs.NewLogGroup(s, jsii.String("HelperLog"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(h.names.FunctionLog("helper-files")), Retention: h.retention(), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	put := func(id, cache string, exclude, include []string) awss3deployment.BucketDeployment {
		props := &awss3deployment.BucketDeploymentProps{
			Sources:           &[]awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String(dist), nil)},
			DestinationBucket: h.dashboard.bucket, Prune: jsii.Bool(false), MemoryLimit: jsii.Number(256), LogGroup: log,
			CacheControl: &[]awss3deployment.CacheControl{awss3deployment.CacheControl_FromString(jsii.String(cache))},
			Exclude:      jsii.Strings(exclude...),
		}
		if len(include) > 0 {
			props.Include = jsii.Strings(include...)
		}
		return awss3deployment.NewBucketDeployment(s, jsii.String(id), props)
	}
	assets := put("Files", "public, max-age=31536000, immutable", []string{"*"}, []string{"assets/*"})
	put("Page", "no-cache", []string{"assets/*", ".gitkeep"}, nil).Node().AddDependency(assets)
	for _, child := range *s.Node().Children() {
		if strings.HasPrefix(*child.Node().Id(), grant.FilesHelper) {
			for _, rule := range []string{"AwsSolutions-IAM4", "AwsSolutions-IAM5"} {
				suppress(child, rule, grant.WhyFiles)
			}
			suppress(child, "AwsSolutions-L1", "The CDK chooses its runtime; it goes up with the CDK's version.")
		}
	}
}
