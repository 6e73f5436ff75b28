package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/apiq/apiq/shared/blob"
)

// Get opens an object. The SDK verifies its checksum as it is read.
func (s *Store) Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.bucket, Key: &name, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return nil, blob.Info{}, wrap(ctx, "get", err)
	}
	info := blob.Info{Name: name, Size: aws.ToInt64(out.ContentLength), CreatedAt: aws.ToTime(out.LastModified)}
	return &body{ctx, out.Body}, info, nil
}

// GetRange opens a part of an object.
func (s *Store) GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.bucket, Key: &name, Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1)),
	})
	if code(err) == codeInvalidRange { // the object is there, and ends before offset
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	if err != nil {
		return nil, wrap(ctx, "get a range", err)
	}
	return &body{ctx, out.Body}, nil
}

// body names what breaks while an object is read. What was read cannot be taken
// back, so nothing is tried again here.
type body struct {
	ctx context.Context
	r   io.ReadCloser
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = wrap(b.ctx, "read", err)
	}
	return n, err
}

func (b *body) Close() error { return b.r.Close() }

// Delete removes an object; in a versioned bucket, it hides it.
func (s *Store) Delete(ctx context.Context, name string) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &name})
	if err != nil {
		return wrap(ctx, "delete", err)
	}
	return nil
}

// List returns objects in the order of their names' bytes, which is S3's own.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	in := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix}
	if after != "" {
		in.StartAfter = &after
	}
	var infos []blob.Info
	for {
		in.MaxKeys = aws.Int32(int32(limit - len(infos))) //nolint:gosec // limit is at most blob.MaxList
		page, err := s.client.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, wrap(ctx, "list", err)
		}
		for _, o := range page.Contents {
			infos = append(infos, blob.Info{Name: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), CreatedAt: aws.ToTime(o.LastModified).In(time.UTC)})
		}
		// A page may be shorter than asked for, even empty, and not be the last.
		if len(infos) >= limit || !aws.ToBool(page.IsTruncated) {
			return infos, nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}
