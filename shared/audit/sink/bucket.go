package sink

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
)

const (
	maxPrefix   = 200
	maxLockDays = 36_500 // S3 takes a hundred years
	// markerLock is for how long the object of a trial is locked: long enough to see
	// whether it can be.
	markerLock = time.Minute
)

// What names look like (Amazon S3 User Guide, "General purpose buckets naming rules";
// IAM API Reference). They become parts of hosts and paths: nothing else may get in.
var (
	bucketName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	regionName  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	prefixPath  = regexp.MustCompile(`^[A-Za-z0-9!_.=-]+(/[A-Za-z0-9!_.=-]+)*/?$`)
	roleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$`)
	accessKeyID = regexp.MustCompile(`^[A-Za-z0-9_-]{3,128}$`)
)

// bucket judges the fields of a bucket and completes them.
func (s *Service) bucket(workspace string, in Input) (host string, b Bucket, err error) {
	b = in.Bucket
	var problems []apierr.Problem
	bad := func(is bool, path, code, message string) {
		if is {
			problems = append(problems, apierr.Problem{Path: path, Code: code, Message: message})
		}
	}
	if s.o.Buckets == nil {
		return "", b, wrong("/type", "not_available", "Sending records to a bucket is not available here: use a webhook.")
	}
	key := in.SecretAccessKey.Reveal()
	b.ExternalID = ""
	bad(!bucketName.MatchString(b.Name), "/bucket", "invalid", "Give the bucket's name: 3 to 63 of a to z, 0 to 9 and hyphens.")
	bad(!regionName.MatchString(b.Region), "/region", "invalid", "Give the bucket's region, such as eu-central-1.")
	bad(b.Prefix != "" && (len(b.Prefix) > maxPrefix || !prefixPath.MatchString(b.Prefix)), "/prefix", "invalid",
		fmt.Sprintf("A prefix is folders such as audit/apiq, of at most %d letters, digits and !_.=-", maxPrefix))
	bad(b.LockDays < 0 || b.LockDays > maxLockDays, "/objectLockDays", "range", fmt.Sprintf("Lock objects for 1 to %d days, or give 0 for no lock of ours.", maxLockDays))
	bad(b.LockMode != "" && b.LockMode != LockGovernance && b.LockMode != LockCompliance, "/objectLockMode", "unknown", "A lock is GOVERNANCE or COMPLIANCE.")
	bad(in.URL.Reveal() != "", "/url", "unused", "A bucket has no url: give bucket, region, and endpoint where the service is not Amazon's.")
	switch {
	case b.RoleARN == "" && b.AccessKeyID == "" && key == "":
		bad(true, "/roleArn", "required", "Give a role of the bucket's account, or an access key. This installation's own credentials are not used.")
	case b.RoleARN != "":
		bad(b.AccessKeyID != "" || key != "", "/accessKeyId", "unused", "Give a role or an access key, not both.")
		bad(!roleARN.MatchString(b.RoleARN), "/roleArn", "invalid", "Give the role's ARN, such as arn:aws:iam::123456789012:role/apiq-audit.")
		bad(b.Endpoint != "", "/roleArn", "unused", "A service with an endpoint of its own takes an access key.")
		bad(s.o.Buckets.Principal() == "", "/roleArn", "not_available", "This installation does not run on AWS, so it can assume no role. Give an access key.")
	default:
		bad(!accessKeyID.MatchString(b.AccessKeyID), "/accessKeyId", "invalid", "Give the id of the access key.")
		bad(key == "" || len(key) > 512, "/secretAccessKey", "required", "Give the secret of the access key.")
	}
	if len(problems) > 0 {
		return "", b, apierr.New(apierr.ValidationFailed, problems[0].Message).With(problems...)
	}
	host = "s3." + b.Region + ".amazonaws.com"
	if b.Endpoint != "" {
		u, err := s.outside("/endpoint", b.Endpoint, "https://minio.example.com")
		if err != nil {
			return "", b, err
		}
		if u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
			return "", b, wrong("/endpoint", "invalid", "Give the service's address alone, such as https://minio.example.com.")
		}
		host, b.Endpoint = u.Host, u.Scheme+"://"+u.Host
	}
	if b.Prefix != "" {
		b.Prefix = strings.TrimSuffix(b.Prefix, "/") + "/"
	}
	if b.RoleARN != "" {
		b.ExternalID = workspace
	}
	b.LockMode = cmp.Or(b.LockMode, LockGovernance)
	if b.LockDays == 0 {
		b.LockMode = ""
	}
	return host, b, nil
}

// try puts an object into a new sink's bucket and reads it again, so that what is wrong
// is told to who can mend it.
func (s *Service) try(ctx context.Context, one Sink, to address) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	b := one.Bucket
	if b.RoleARN != "" {
		if err := s.o.Buckets.Trusted(ctx, b); err != nil {
			return s.refused(ctx, b, err)
		}
	}
	o := Object{Name: b.Prefix + "apiq-" + one.ID + ".txt", ContentType: "text/plain; charset=utf-8",
		Body: []byte("APIQ put this here when records of the audit trail began to be sent to this bucket. It may be deleted.\n")}
	if b.LockDays > 0 {
		o.RetainUntil = s.o.Now().Add(markerLock)
	}
	if err := s.o.Buckets.Put(ctx, b, to.SecretAccessKey, o); err != nil {
		return s.refused(ctx, b, err)
	}
	got, err := s.o.Buckets.Get(ctx, b, to.SecretAccessKey, o.Name, int64(len(o.Body))+1)
	if err != nil {
		return s.refused(ctx, b, err)
	}
	if !bytes.Equal(got, o.Body) {
		return wrong("/bucket", "differs", "What was put into the bucket is not what it gives back. Is something between that changes objects?")
	}
	return nil
}

// refused says by which field of the input a bucket cannot be used, and what to do.
func (s *Service) refused(ctx context.Context, b Bucket, err error) error {
	var r *Refusal
	if !errors.As(err, &r) {
		return err
	}
	s.o.Log.WarnContext(ctx, "a bucket cannot be used", "bucket", b.Name, "reason", r.Reason, "err", r.Err)
	code, path := apierr.ValidationFailed, "/bucket"
	var text string
	switch r.Reason {
	case ReasonNoBucket:
		text = "There is no bucket of this name there."
	case ReasonRegion:
		path, text = "/region", "The bucket is in another region."
	case ReasonCredentials:
		code, path, text = apierr.CredentialsInvalid, "/accessKeyId", "This access key is not known there, or its secret is another."
	case ReasonDenied:
		code, text = apierr.CredentialsInvalid, fmt.Sprintf("Putting an object there, or reading it again, is not allowed. Allow s3:PutObject on arn:aws:s3:::%s/%s* and s3:GetObject on arn:aws:s3:::%s/%sapiq-*%s.",
			b.Name, b.Prefix, b.Name, b.Prefix, map[bool]string{true: ", and s3:PutObjectRetention on the first"}[b.LockDays > 0])
	case ReasonRole:
		code, path, text = apierr.CredentialsInvalid, "/roleArn", fmt.Sprintf("The role cannot be assumed. Its trust policy has to let %s call sts:AssumeRole where sts:ExternalId is %s, and the operator of this installation has to admit the role.",
			s.o.Buckets.Principal(), b.ExternalID)
	case ReasonOpenRole:
		code, path, text = apierr.CredentialsInvalid, "/roleArn", "The role can be assumed without an external id, so that others could have records sent there, or read. Add the condition StringEquals sts:ExternalId "+b.ExternalID+" to its trust policy."
	case ReasonLock:
		path, text = "/objectLockDays", "The bucket takes no locked objects. Make one with Object Lock, or lock for 0 days."
	case ReasonBlocked:
		code, path, text = apierr.EgressBlocked, "/endpoint", "This address is not allowed."
	case ReasonAway:
		code, text = apierr.UpstreamError, "The bucket's service did not answer. Try again, and look at the region or the endpoint."
	default:
		code, text = apierr.UpstreamError, "The bucket's service refused it; why is in this installation's log."
	}
	return apierr.Wrap(code, text, err).With(apierr.Problem{Path: path, Code: string(r.Reason), Message: text})
}

// put stores one batch as an object and says why it could not.
func (s *Service) put(ctx context.Context, one Sink, to address, b batch) string {
	if s.o.Buckets == nil {
		return "this installation sends nothing to buckets"
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed) // no name and no time in its header: the same bytes each time
	if _, err := zip.Write(b.body); err != nil {
		return err.Error()
	}
	if err := zip.Close(); err != nil {
		return err.Error()
	}
	o := Object{Name: one.Prefix + objectName(b.records[0]), Body: packed.Bytes(), ContentType: "application/gzip"}
	if one.LockDays > 0 {
		o.RetainUntil = s.o.Now().AddDate(0, 0, one.LockDays)
	}
	err := s.o.Buckets.Put(ctx, one.Bucket, to.SecretAccessKey, o)
	if err == nil {
		return ""
	}
	var r *Refusal
	if !errors.As(err, &r) {
		return "its bucket cannot be used"
	}
	s.o.Log.WarnContext(ctx, "a bucket cannot be used", "bucket", one.Bucket.Name, "reason", r.Reason, "err", r.Err)
	return cmp.Or(whys[r.Reason], whys[ReasonOther])
}

// whys tells of a delivery that failed.
var whys = map[Reason]string{
	ReasonNoBucket:    "there is no such bucket",
	ReasonRegion:      "the bucket is in another region",
	ReasonCredentials: "the access key is not known there, or its secret is another",
	ReasonDenied:      "putting objects there is not allowed",
	ReasonRole:        "the role cannot be assumed",
	ReasonLock:        "the bucket takes no locked objects",
	ReasonBlocked:     "the address leads to where nothing may be sent",
	ReasonAway:        "the bucket's service did not answer",
	ReasonOther:       "the bucket's service refused it",
}

// objectName is where a batch lies: by day, and by the place of its first record in the
// chains. What is sent again from the same place has the same name, and takes the place
// of what was there.
func objectName(first audit.Record) string {
	return fmt.Sprintf("%s/%s-c%d-%012d.ndjson.gz", first.At.UTC().Format("2006/01/02"), first.At.UTC().Format("150405.000"), first.Shard, first.Seq)
}
