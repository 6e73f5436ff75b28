package stack_test

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/infra/cdk/stack"
)

func (a assembly) stacks() []string { return slices.Sorted(maps.Keys(a.templates)) }

// TestSizes: CloudFormation takes 500 resources a stack; we stop at 400.
func TestSizes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		total := 0
		for _, name := range a.stacks() {
			n := len(a.templates[name].Resources)
			total += n
			if n >= 400 {
				t.Errorf("%s has %d resources", name, n)
			}
			t.Logf("%4d %s", n, name)
		}
		t.Logf("%4d in %d stacks", total, len(a.templates))
	})
}

// TestNag: cdk-nag's AwsSolutions finds nothing, and each suppression says why.
func TestNag(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		files, err := filepath.Glob(filepath.Join(a.dir, "AwsSolutions-*-NagReport.csv"))
		if err != nil || len(files) != len(a.templates) {
			t.Fatalf("%d reports for %d stacks: %v", len(files), len(a.templates), err)
		}
		reasons := map[string]int{}
		for _, file := range files {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(f).ReadAll()
			_ = f.Close()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows[1:] {
				switch rule, on, state, why := row[0], row[1], row[2], row[3]; state {
				case "Compliant":
				case "Suppressed":
					if strings.HasPrefix(why, "[") { // which wildcard; TestWildcards judges those
						_, why, _ = strings.Cut(why, "] ")
					}
					if len(why) < 20 {
						t.Errorf("%s %s is suppressed for %q", rule, on, why)
					}
					reasons[rule+"  "+why]++
				default:
					t.Errorf("%s %s: %s", rule, on, state)
				}
			}
		}
		for _, reason := range slices.Sorted(maps.Keys(reasons)) {
			t.Logf("suppressed %3d × %s", reasons[reason], reason)
		}
	})
}

// TestNoSecretInTemplates: secrets are references that CloudFormation resolves.
func TestNoSecretInTemplates(t *testing.T) {
	t.Parallel()
	secretName := regexp.MustCompile(`(?i)secret|password|token|apikey`)
	reference := regexp.MustCompile(`^\{\{resolve:secretsmanager:[^}]+\}\}$`)
	looksSecret := regexp.MustCompile(`\bsk-[A-Za-z0-9]{8,}|AKIA[A-Z0-9]{16}|-----BEGIN|xox[bp]-|ghp_[A-Za-z0-9]{20,}|events\.pagerduty\.com/integration`)
	both(t, func(t *testing.T, a assembly) {
		for _, r := range a.of("AWS::Lambda::Function") {
			variables, _ := at(r.Properties, "Environment", "Variables").(map[string]any)
			for name, value := range variables {
				v := text(value)
				if secretName.MatchString(name) && !reference.MatchString(v) && !strings.HasPrefix(v, "arn:") {
					t.Errorf("%s: %s is written out", r.path(), name)
				}
			}
		}
		for _, r := range a.of("AWS::SecretsManager::Secret") {
			if r.Properties["SecretString"] != nil || at(r.Properties, "GenerateSecretString") == nil {
				t.Errorf("%s is not generated", r.path())
			}
		}
		for _, r := range a.of("AWS::SNS::Subscription") {
			if r.Properties["Protocol"] == "https" && !reference.MatchString(text(r.Properties["Endpoint"])) {
				t.Errorf("%s: the address is a secret", r.path())
			}
		}
		files, err := filepath.Glob(filepath.Join(a.dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := looksSecret.Find(raw); found != nil {
				t.Errorf("%s holds %q", filepath.Base(file), found[:4])
			}
		}
	})
}

// TestEncryption: everything that keeps data is encrypted, under our key where it is
// anybody's data, and is reached by TLS only.
func TestEncryption(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		for _, r := range a.of("AWS::DynamoDB::Table") {
			if at(r.Properties, "SSESpecification", "SSEType") != "KMS" || text(at(r.Properties, "SSESpecification", "KMSMasterKeyId")) != names.Key ||
				at(r.Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true || r.Properties["BillingMode"] != "PAY_PER_REQUEST" ||
				at(r.Properties, "TimeToLiveSpecification", "Enabled") != true || (r.Properties["DeletionProtectionEnabled"] == true) != a.cfg.Keeps() ||
				(r.DeletionPolicy == "Retain") != a.cfg.Keeps() {
				t.Errorf("%s: %v", r.path(), r.Properties)
			}
		}
		for _, r := range a.of("AWS::S3::Bucket") {
			rule := at(r.Properties, "BucketEncryption", "ServerSideEncryptionConfiguration", 0)
			algorithm := at(rule, "ServerSideEncryptionByDefault", "SSEAlgorithm")
			public := text(r.Properties["BucketName"]) == a.names.Dashboard()
			if !public && (algorithm != "aws:kms" || text(at(rule, "ServerSideEncryptionByDefault", "KMSMasterKeyID")) != names.Key || at(rule, "BucketKeyEnabled") != true) ||
				public && algorithm != "AES256" {
				t.Errorf("%s: %v", r.path(), rule)
			}
			if !public && at(r.Properties, "VersioningConfiguration", "Status") != "Enabled" {
				t.Errorf("%s forgets earlier versions", r.path())
			}
			blocked, _ := r.Properties["PublicAccessBlockConfiguration"].(map[string]any)
			for _, what := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
				if blocked[what] != true {
					t.Errorf("%s: %s", r.path(), what)
				}
			}
			a.tlsOnly(t, r, "AWS::S3::BucketPolicy", "Bucket")
		}
		for _, r := range a.of("AWS::SQS::Queue") {
			if r.Properties["SqsManagedSseEnabled"] != true {
				t.Errorf("%s is not encrypted", r.path())
			}
			a.tlsOnly(t, r, "AWS::SQS::QueuePolicy", "Queues")
		}
		for _, r := range a.of("AWS::SNS::Topic") {
			if text(r.Properties["KmsMasterKeyId"]) != names.Key {
				t.Errorf("%s is not encrypted", r.path())
			}
			a.tlsOnly(t, r, "AWS::SNS::TopicPolicy", "Topics")
		}
		runs := a.one(t, "AWS::Logs::LogGroup", "LogGroupName", a.names.StatesLog())
		if text(runs.Properties["KmsKeyId"]) != names.Key {
			t.Error("the log of runs is not under the key")
		}
		keys := a.of("AWS::KMS::Key")
		if len(keys) != 1 || keys[0].Properties["EnableKeyRotation"] != true {
			t.Errorf("%d keys, want one that rotates", len(keys))
		}
	})
}

// tlsOnly: a policy on the resource denies what comes without TLS.
func (a assembly) tlsOnly(t *testing.T, r resource, kind, property string) {
	t.Helper()
	for _, p := range a.of(kind) {
		if !strings.Contains(text(p.Properties[property]), r.ID) {
			continue
		}
		list, _ := at(p.Properties, "PolicyDocument", "Statement").([]any)
		for _, s := range list {
			if at(s, "Effect") == "Deny" && at(s, "Condition", "Bool", "aws:SecureTransport") == "false" {
				return
			}
		}
	}
	t.Errorf("%s may be reached without TLS", r.path())
}

// TestArchive can not be emptied before its time, in prod by nobody.
func TestArchive(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		r := a.one(t, "AWS::S3::Bucket", "BucketName", a.names.Archive())
		mode, days := "GOVERNANCE", 1.0
		if a.cfg.Env == "prod" {
			mode, days = "COMPLIANCE", 365
		}
		lock := at(r.Properties, "ObjectLockConfiguration", "Rule", "DefaultRetention")
		if at(lock, "Mode") != mode || at(lock, "Days") != days || r.DeletionPolicy != "Retain" {
			t.Errorf("%v, %s", lock, r.DeletionPolicy)
		}
	})
}

// TestHeaders: the dashboard's pages have the policy that the local process sends.
func TestHeaders(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../local/dashboard.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(source), "const contentSecurityPolicy = ")
	rest, _, _ = strings.Cut(rest, "\n\n")
	var local string
	for _, part := range regexp.MustCompile(`"[^"]*"`).FindAllString(rest, -1) {
		local += strings.Trim(part, `"`)
	}
	const want = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	if local != want || stack.ContentSecurityPolicy != want {
		t.Errorf("here\n%s\nlocal\n%s\nwant\n%s", stack.ContentSecurityPolicy, local, want)
	}
	both(t, func(t *testing.T, a assembly) {
		policies := a.of("AWS::CloudFront::ResponseHeadersPolicy")
		if len(policies) != 1 {
			t.Fatalf("%d policies", len(policies))
		}
		h := at(policies[0].Properties, "ResponseHeadersPolicyConfig", "SecurityHeadersConfig")
		if at(h, "ContentSecurityPolicy", "ContentSecurityPolicy") != want || at(h, "ContentSecurityPolicy", "Override") != true ||
			at(h, "StrictTransportSecurity", "AccessControlMaxAgeSec") != 63072000.0 || at(h, "ContentTypeOptions", "Override") != true ||
			at(h, "ReferrerPolicy", "ReferrerPolicy") != "same-origin" || at(h, "FrameOptions", "FrameOption") != "DENY" {
			t.Errorf("%v", h)
		}
		d := a.distribution(t)
		if text(at(d, "DefaultCacheBehavior", "ResponseHeadersPolicyId")) != "${"+policies[0].ID+"}" {
			t.Error("pages do not have the headers")
		}
	})
}

// TestNotBuilt: with placeholders in it, CloudFormation refuses every stack.
func TestNotBuilt(t *testing.T) {
	t.Parallel()
	for _, name := range built(t, unbuilt).stacks() {
		rule := unbuilt().templates[name].Rules["Built"]
		raw, err := json.Marshal(at(rule, "Assertions", 0, "Assert"))
		if err != nil || string(raw) != `{"Fn::Equals":["placeholders","functions"]}` {
			t.Errorf("%s could be deployed: %s, %v", name, raw, err)
		}
	}
	both(t, func(t *testing.T, a assembly) {
		for _, name := range a.stacks() {
			if a.templates[name].Rules["Built"] != nil {
				t.Errorf("%s can not be deployed", name)
			}
		}
	})
}
