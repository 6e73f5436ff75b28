package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/pause"
)

const (
	// firstBytes is what is read before anything larger is set aside: most objects end there.
	firstBytes = 64 << 10
	// partBytes is the smallest part that S3 takes (Amazon S3 User Guide,
	// "Multipart upload limits"), and the memory that one Put needs: a function has
	// 256 MB, so a body is never held whole.
	partBytes = 5 << 20
	// conflictTrys bounds an exclusive Put that meets other writers.
	conflictTrys = 5
	// markKey is the metadata by which a Put knows its own object again.
	markKey = "apiq-put"
)

// Put stores a body of unknown length: in one request where it fits in one part,
// else part by part, under its name only when all parts are there. CreatedAt is
// when S3 answered; of an object in parts S3 tells, later, when it was begun.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, exclusive bool) (blob.Info, error) {
	r = blob.Cancellable(ctx, r)
	buf, last, err := fill(make([]byte, 0, firstBytes), r)
	if err != nil {
		return blob.Info{}, fmt.Errorf("s3: put: %w", err)
	}
	if !last {
		buf = append(make([]byte, 0, partBytes), buf...)
		if buf, last, err = fill(buf, r); err != nil {
			return blob.Info{}, fmt.Errorf("s3: put: %w", err)
		}
	}
	put := &put{Store: s, name: name, mark: rand.Text()}
	if exclusive {
		put.ifNoneMatch = aws.String("*")
	}
	if last {
		return put.whole(ctx, buf)
	}
	return put.parts(ctx, buf, r)
}

// fill reads until the buffer is full or the body has ended.
func fill(buf []byte, r io.Reader) (_ []byte, last bool, err error) {
	n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
	buf = buf[:len(buf)+n]
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return buf, true, nil
	}
	return buf, false, err
}

// put is one Put under way.
type put struct {
	*Store
	name string
	// mark is written with the object: after an answer that was lost, the SDK's next
	// attempt is refused because of the object that the first one made.
	mark        string
	ifNoneMatch *string
}

func (p *put) exclusive() bool { return p.ifNoneMatch != nil }

func (p *put) metadata() map[string]string { return map[string]string{markKey: p.mark} }

// encryption is what a request says of it; without a key, nothing: the bucket's own
// then applies.
func (p *put) encryption() (sse types.ServerSideEncryption, key *string, bucketKey *bool) {
	if p.o.KMSKeyID == "" {
		return "", nil, nil
	}
	return types.ServerSideEncryptionAwsKms, &p.o.KMSKeyID, aws.Bool(true)
}

// whole puts a body in one request. A conflict with another writer says nothing
// of who wins, so it is tried again.
func (p *put) whole(ctx context.Context, content []byte) (blob.Info, error) {
	wait := p.o.ConflictWait
	for try := 1; ; try++ {
		in := &s3.PutObjectInput{
			Bucket: &p.bucket, Key: &p.name, Body: bytes.NewReader(content), ContentLength: aws.Int64(int64(len(content))),
			IfNoneMatch: p.ifNoneMatch, Metadata: p.metadata(), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		}
		in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = p.encryption()
		out, err := p.client.PutObject(ctx, in)
		if err == nil {
			return p.info(int64(len(content)), out.ResultMetadata), nil
		}
		if code(err) == codeConflict && try < conflictTrys {
			if err := pause.For(ctx, wait); err != nil {
				return blob.Info{}, fmt.Errorf("s3: put: %w", err)
			}
			wait *= 2
			continue
		}
		return p.judge(ctx, int64(len(content)), err)
	}
}

// judge says what a refused Put comes to. Who was refused because of an object
// that bears its own mark has succeeded before.
func (p *put) judge(ctx context.Context, size int64, err error) (blob.Info, error) {
	switch code(err) {
	case codeExists, codeConflict, codeNoSuchUpload:
	default:
		return blob.Info{}, wrap(ctx, "put", err)
	}
	there, headErr := p.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &p.bucket, Key: &p.name})
	switch {
	case headErr == nil && there.Metadata[markKey] == p.mark:
		return blob.Info{Name: p.name, Size: size, CreatedAt: aws.ToTime(there.LastModified)}, nil
	case code(err) == codeExists && headErr != nil && code(headErr) != codeNotFound:
		// Whether it is our own cannot be known.
		return blob.Info{}, wrap(ctx, "look at what is there", headErr)
	case headErr == nil && p.exclusive():
		return blob.Info{}, blob.ErrExists
	}
	return blob.Info{}, wrap(ctx, "put", err)
}

func (p *put) info(size int64, meta middleware.Metadata) blob.Info {
	at, ok := awsmiddleware.GetServerTime(meta)
	if !ok {
		at = p.o.Now()
	}
	return blob.Info{Name: p.name, Size: size, CreatedAt: at}
}
