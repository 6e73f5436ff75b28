package objects

import (
	"net/http"
	"strings"
	"time"
)

// LockSuffix ends the names of buckets that were made with Object Lock.
const LockSuffix = "-locked"

// locked judges the lock of an object that is put (Amazon S3 User Guide, "Locking
// objects with Object Lock"). It holds nothing: nobody here deletes.
func (s *strict) locked(r *http.Request) *fault {
	mode, until := r.Header.Get("X-Amz-Object-Lock-Mode"), r.Header.Get("X-Amz-Object-Lock-Retain-Until-Date")
	if mode == "" && until == "" {
		return nil
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	at, err := time.Parse(time.RFC3339, until)
	switch {
	case !strings.HasSuffix(bucket, LockSuffix):
		return &fault{http.StatusBadRequest, "InvalidRequest", "Bucket is missing Object Lock Configuration"}
	case mode != "GOVERNANCE" && mode != "COMPLIANCE":
		return &fault{http.StatusBadRequest, "InvalidArgument", "Unknown wormMode directive."}
	case err != nil:
		return &fault{http.StatusBadRequest, "InvalidArgument", "The retain until date must be provided in ISO 8601 format"}
	case !at.After(time.Now()):
		return &fault{http.StatusBadRequest, "InvalidArgument", "The retain until date must be in the future!"}
	case r.Header.Get("X-Amz-Checksum-Sha256")+r.Header.Get("X-Amz-Checksum-Crc32")+r.Header.Get("Content-Md5") == "":
		return &fault{http.StatusBadRequest, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"}
	}
	return nil
}
