package library

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

var (
	errTooLarge = errors.New("library: larger than allowed")
	errEncoding = errors.New("library: content coding not known")
)

// readBody reads and unpacks a response: the content coding first, then a gzip
// file, as .json.gz is served. The limit counts unpacked bytes at either layer,
// so that a bomb ends at it; there is no third layer.
func (l *Library) readBody(ctx context.Context, res *http.Response, limit int64, seen func(done, total int64)) ([]byte, error) {
	var r io.Reader = res.Body
	total := res.ContentLength
	switch coding := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		if total > limit {
			return nil, errTooLarge
		}
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			return nil, badPacking(ctx, err)
		}
		defer z.Close()
		r, total = z, -1
	case "br":
		r, total = brotli.NewReader(res.Body), -1
	default:
		return nil, fmt.Errorf("%w: %.40q", errEncoding, coding)
	}
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, badPacking(ctx, err)
		}
		defer z.Close()
		return readAll(ctx, z, limit, -1, seen)
	}
	return readAll(ctx, in, limit, total, seen)
}

// readAll reads to the end or the limit. total is the length promised, or -1.
func readAll(ctx context.Context, r io.Reader, limit, total int64, seen func(done, total int64)) ([]byte, error) {
	if total > 0 {
		seen(0, total)
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(total, 0)+bytes.MinRead, limit)))
	chunk := make([]byte, 64<<10) // small reads, so that progress shows on a slow line
	for {
		// The network notices the deadline by itself; unpacking does not.
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		n, err := r.Read(chunk)
		if int64(buf.Len()+n) > limit {
			return nil, errTooLarge
		}
		if buf.Write(chunk[:n]); n > 0 {
			seen(int64(buf.Len()), total)
		}
		if errors.Is(err, io.EOF) {
			return buf.Bytes(), nil
		}
		if err != nil {
			return nil, badPacking(ctx, err)
		}
	}
}

// packingError is a body that does not unpack, as opposed to one that does not arrive.
type packingError struct{ cause error }

func (e *packingError) Error() string { return "library: body does not unpack: " + e.cause.Error() }
func (e *packingError) Unwrap() error { return e.cause }

func badPacking(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || strings.HasPrefix(err.Error(), "brotli: ") ||
		strings.HasPrefix(err.Error(), "flate: ") {
		return &packingError{err}
	}
	return err
}
