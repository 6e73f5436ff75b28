package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"testing"
)

// Seal gives any bytes the end that a backup of them has.
func Seal(t testing.TB, body []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(body)
	end, err := trailer(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clone(body), end...)
}

// VerifyBytes is Verify for a file in memory.
func VerifyBytes(ctx context.Context, whole []byte) (Summary, error) {
	return readAll(ctx, bytes.NewReader(whole), int64(len(whole)), Options{}, func(string, io.Reader) error { return nil })
}
