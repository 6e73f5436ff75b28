package call_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// bomb answers a few kilobytes that unpack to 8 MiB.
func bomb(coding string) http.HandlerFunc {
	var packed bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&packed)
	if coding == "br" {
		w = brotli.NewWriter(&packed)
	}
	chunk := []byte(strings.Repeat("0", 1<<20))
	for range 8 {
		_, _ = w.Write(chunk)
	}
	_ = w.Close()
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Encoding", coding)
		_, _ = rw.Write(packed.Bytes())
	}
}
