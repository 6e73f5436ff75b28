package objects_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/apiq/apiq/infra/awstest/objects"
)

func client(t *testing.T) *s3.Client {
	t.Helper()
	endpoint := objects.Start(t, "b")
	return s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: &endpoint, UsePathStyle: true, RetryMaxAttempts: 1,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func put(t *testing.T, c *s3.Client, key, content string) {
	t.Helper()
	if _, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: &key, Body: strings.NewReader(content)}); err != nil {
		t.Fatal(err)
	}
}

// sent sets a header of the request that the SDK has made and signed.
func sent(name, value string) func(*s3.Options) {
	return func(o *s3.Options) {
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			r.Header.Set(name, value)
			return http.DefaultClient.Do(r)
		})
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), client(t)
	in := func() *s3.PutObjectInput {
		return &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("x")}
	}
	_, err := c.PutObject(ctx, in(), sent("Authorization", ""))
	wantCode(t, err, "AccessDenied")
	_, err = c.PutObject(ctx, in(), sent("X-Amz-Checksum-Crc32", "AAAAAA=="))
	wantCode(t, err, "BadDigest")
	_, err = c.PutObject(ctx, in(), sent("X-Amz-Content-Sha256", strings.Repeat("0", 64)))
	wantCode(t, err, "XAmzContentSHA256Mismatch")
	other := in()
	other.IfNoneMatch = aws.String(`"etag"`)
	_, err = c.PutObject(ctx, other)
	wantCode(t, err, "NotImplemented")
	_, err = c.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: aws.String("b"), Key: aws.String("k"), Tagging: &types.Tagging{TagSet: []types.Tag{}}})
	wantCode(t, err, "NotImplemented")
	_, err = c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	wantCode(t, err, "NotFound") // nothing of the above left an object

	put(t, c, "k", "12345")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Range: aws.String("bytes=5-9")})
	wantCode(t, err, "InvalidRange")
	exclusive := in()
	exclusive.IfNoneMatch = aws.String("*")
	_, err = c.PutObject(ctx, exclusive)
	wantCode(t, err, "PreconditionFailed")
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), client(t)
	upload := func(key string, sums, exclusive bool, sizes ...int) error {
		begun, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String("b"), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		var done []types.CompletedPart
		for i, size := range sizes {
			n := aws.Int32(int32(i + 1))
			p, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: aws.String("b"), Key: &key, UploadId: begun.UploadId, PartNumber: n, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32, Body: bytes.NewReader(make([]byte, size))})
			if err != nil {
				t.Fatal(err)
			}
			part := types.CompletedPart{PartNumber: n, ETag: p.ETag}
			if sums {
				part.ChecksumCRC32 = p.ChecksumCRC32
			}
			done = append(done, part)
		}
		in := &s3.CompleteMultipartUploadInput{Bucket: aws.String("b"), Key: &key, UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: done}}
		if exclusive {
			in.IfNoneMatch = aws.String("*")
		}
		_, err = c.CompleteMultipartUpload(ctx, in)
		return err
	}
	wantCode(t, upload("k", true, false, 5<<20-1, 1), "EntityTooSmall")
	wantCode(t, upload("k", false, false, 5<<20, 1), "InvalidPart")
	if err := upload("k", true, true, 5<<20, 1); err != nil {
		t.Error(err)
	}
	wantCode(t, upload("k", true, true, 5<<20, 1), "PreconditionFailed")
	if err := upload("k", true, false, 1); err != nil {
		t.Error(err)
	}
	out, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	if err != nil || aws.ToInt64(out.ContentLength) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestHeaders: an object has what it was made with, and not the request's date,
// hash and such, which gofakes3 keeps with it.
func TestHeaders(t *testing.T) {
	t.Parallel()
	c := client(t)
	put(t, c, "k", "x")
	var names []string
	_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")}, func(o *s3.Options) {
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			resp, err := http.DefaultClient.Do(r)
			if err == nil {
				for name := range resp.Header {
					if strings.HasPrefix(name, "X-Amz-") {
						names = append(names, name)
					}
				}
			}
			return resp, err
		})
	})
	slices.Sort(names)
	if want := "[X-Amz-Checksum-Crc32 X-Amz-Checksum-Type X-Amz-Id-2 X-Amz-Request-Id]"; err != nil || fmt.Sprint(names) != want {
		t.Errorf("%v, %v, want %s", names, err, want)
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }
