package objects

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

// Limits of S3 (Amazon S3 User Guide, "Multipart upload limits").
const (
	minPart   = 5 << 20
	maxObject = 5 << 30
)

// strict is what S3 refuses and gofakes3 does not: requests without signature,
// bodies that don't fit their checksums, operations it would take for others
// (PUT ?tagging becomes an object), conditions on the completion of a multipart
// upload, parts that are too small. It also keeps gofakes3 from showing request
// headers as an object's own.
type strict struct {
	next http.Handler

	mu    sync.Mutex
	sums  map[string]string       // CRC32 by path, as x-amz-checksum-crc32 gave it
	parts map[string]map[int]part // by upload id and number
}

// part is a part as it was uploaded.
type part struct {
	size int
	sum  string
}

// query parameters of the operations that are known: Get, Put, Head, Delete, List
// V2, buckets and multipart uploads. The SDK adds x-id.
var known = map[string]bool{
	"x-id": true, "list-type": true, "prefix": true, "start-after": true, "max-keys": true, "continuation-token": true,
	"delimiter": true, "encoding-type": true, "fetch-owner": true, "uploads": true, "uploadId": true, "partNumber": true,
}

// shown are x-amz headers that S3 answers with.
var shown = []string{"X-Amz-Meta-", "X-Amz-Server-Side-Encryption", "X-Amz-Request-Id", "X-Amz-Id-2"}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if sigv4.Check(r, "s3") != nil {
		refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	for p := range r.URL.Query() {
		if !known[p] {
			refuse(w, http.StatusNotImplemented, "NotImplemented", "The stand-in does not know "+p)
			return
		}
	}
	if condition := r.Header.Get("If-None-Match"); r.Method != http.MethodGet && r.Method != http.MethodHead && condition != "" && condition != "*" {
		refuse(w, http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
		return
	}
	body, fault := readBody(r)
	if fault != nil {
		fault.write(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case r.Method == http.MethodPost && r.URL.Query().Has("uploadId"):
		s.complete(w, r, body)
	case r.Method == http.MethodPut, r.Method == http.MethodDelete, r.Method == http.MethodPost:
		s.write(w, r, body)
	default:
		s.read(w, r)
	}
}

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
	return body, nil
}

func crcOf(b []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)))
}

// write passes a change on, one at a time, and keeps its checksum or size.
func (s *strict) write(w http.ResponseWriter, r *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.ask(r)
	if q := r.URL.Query(); answer.Code < 300 {
		number, _ := strconv.Atoi(q.Get("partNumber")) // gofakes3 has judged it
		switch id := q.Get("uploadId"); {
		case id == "":
			s.sums[r.URL.Path] = r.Header.Get("X-Amz-Checksum-Crc32")
		case r.Method == http.MethodPut:
			if s.parts[id] == nil {
				s.parts[id] = map[int]part{}
			}
			s.parts[id][number] = part{len(body), r.Header.Get("X-Amz-Checksum-Crc32")}
			w.Header().Set("X-Amz-Checksum-Crc32", r.Header.Get("X-Amz-Checksum-Crc32"))
		default:
			delete(s.parts, id)
		}
	}
	give(w, answer)
}

// complete judges parts and condition, which gofakes3 does not, and passes the
// completion on under the same lock.
func (s *strict) complete(w http.ResponseWriter, r *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.URL.Query().Get("uploadId")
	var request struct {
		Part []struct {
			PartNumber    int
			ChecksumCRC32 string
		}
	}
	if xml.Unmarshal(body, &request) != nil || len(request.Part) == 0 {
		refuse(w, http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
		return
	}
	for i, p := range request.Part {
		uploaded, ok := s.parts[id][p.PartNumber]
		if ok && uploaded.size < minPart && i < len(request.Part)-1 {
			refuse(w, http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
			return
		}
		if ok && p.ChecksumCRC32 != uploaded.sum {
			refuse(w, http.StatusBadRequest, "InvalidPart", "The complete request must include the checksum of each part.")
			return
		}
	}
	if r.Header.Get("If-None-Match") != "" && s.exists(r) {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	answer := s.ask(r)
	if answer.Code < 300 {
		delete(s.parts, id)
		s.sums[r.URL.Path] = "" // S3 gives a checksum of checksums, which no client verifies
	}
	give(w, answer)
}

// exists asks whether there is an object where the request leads.
func (s *strict) exists(r *http.Request) bool {
	head := r.Clone(r.Context())
	head.Method, head.Body, head.ContentLength, head.Header = http.MethodHead, http.NoBody, 0, http.Header{}
	head.URL.RawQuery = ""
	return s.ask(head).Code == http.StatusOK
}

// read passes a question on. Where the whole object is asked for, its checksum is
// added, so that the SDK verifies what it reads.
func (s *strict) read(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	answer, sum := s.ask(r), s.sums[r.URL.Path]
	s.mu.Unlock()
	if sum != "" && answer.Code == http.StatusOK && r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		w.Header().Set("X-Amz-Checksum-Crc32", sum)
		w.Header().Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	give(w, answer)
}

func (s *strict) ask(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, r)
	return answer
}

// give writes an answer out, without the headers of the request that made the
// object, which gofakes3 keeps with it.
func give(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		if !strings.HasPrefix(name, "X-Amz-") || hasPrefix(name, shown) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have gone
}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

type fault struct {
	status        int
	code, message string
}

func (f *fault) write(w http.ResponseWriter) { refuse(w, f.status, f.code, f.message) }

// refuse answers in S3's form of an error.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s<Error><Code>%s</Code><Message>", xml.Header, code)
	_ = xml.EscapeText(w, []byte(message))
	fmt.Fprint(w, "</Message><RequestId>0000000000000000</RequestId></Error>")
}
