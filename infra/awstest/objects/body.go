package objects

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
)

// maxObject is the largest upload in one request (Amazon S3 User Guide, "Uploading
// objects").
const maxObject = 5 << 30

// readBody reads a body and holds it against what its headers say of it.
func readBody(r *http.Request) ([]byte, *fault) {
	if r.ContentLength > maxObject {
		return nil, &fault{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
	}
	want := r.Header.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(want, "STREAMING-") || r.Header.Get("Content-Encoding") == "aws-chunked" {
		return nil, &fault{http.StatusNotImplemented, "NotImplemented", "The stand-in reads no aws-chunked bodies"}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, &fault{http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"}
	}
	if want == "" {
		return nil, &fault{http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"}
	}
	if sum := sha256.Sum256(body); want != "UNSIGNED-PAYLOAD" && want != hex.EncodeToString(sum[:]) {
		return nil, &fault{http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."}
	}
	if crc := r.Header.Get("X-Amz-Checksum-Crc32"); crc != "" && crc != crcOf(body) {
		return nil, &fault{http.StatusBadRequest, "BadDigest", "The CRC32 you specified did not match the calculated checksum."}
	}
	if given := r.Header.Get("X-Amz-Checksum-Sha256"); given != "" {
		if sum := sha256.Sum256(body); given != base64.StdEncoding.EncodeToString(sum[:]) {
			return nil, &fault{http.StatusBadRequest, "BadDigest", "The SHA256 you specified did not match the calculated checksum."}
		}
	}
	return body, nil
}

func crcOf(b []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)))
}
