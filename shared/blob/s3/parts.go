package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/apiq/apiq/shared/blob"
)

// abortTimeout bounds the tidying up after an upload that failed.
const abortTimeout = 10 * time.Second

// parts puts a body part by part: first, a full part, and what follows in r. One
// part is in memory at a time.
func (p *put) parts(ctx context.Context, first []byte, r io.Reader) (blob.Info, error) {
	in := &s3.CreateMultipartUploadInput{
		Bucket: &p.bucket, Key: &p.name, Metadata: p.metadata(), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = p.encryption()
	begun, err := p.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return blob.Info{}, wrap(ctx, "begin an upload", err)
	}
	info, err := p.upload(ctx, begun.UploadId, first, r)
	if err != nil {
		return blob.Info{}, errors.Join(err, p.abort(ctx, begun.UploadId))
	}
	return info, nil
}

func (p *put) upload(ctx context.Context, upload *string, buf []byte, r io.Reader) (blob.Info, error) {
	var done []types.CompletedPart
	var size int64
	for last := false; len(buf) > 0; {
		number := aws.Int32(int32(len(done) + 1)) //nolint:gosec // blob.MaxBytes are 13 parts
		part, err := p.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &p.bucket, Key: &p.name, UploadId: upload, PartNumber: number, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			Body: bytes.NewReader(buf), ContentLength: aws.Int64(int64(len(buf))),
		})
		if err != nil {
			return blob.Info{}, wrap(ctx, "upload a part", err)
		}
		done = append(done, types.CompletedPart{PartNumber: number, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32})
		size += int64(len(buf))
		if last {
			break
		}
		if buf, last, err = fill(buf[:0], r); err != nil {
			return blob.Info{}, fmt.Errorf("s3: put: %w", err)
		}
	}
	out, err := p.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &p.bucket, Key: &p.name, UploadId: upload, IfNoneMatch: p.ifNoneMatch,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	if err != nil {
		return p.judge(ctx, size, err)
	}
	return p.info(size, out.ResultMetadata), nil
}

// abort frees the parts of an upload, also for a caller who has gone.
func (p *put) abort(ctx context.Context, upload *string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, err := p.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &p.bucket, Key: &p.name, UploadId: upload})
	if err != nil && code(err) != codeNoSuchUpload {
		return fmt.Errorf("s3: abort an upload: %w", err)
	}
	return nil
}
