package objects

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

// minPart is the smallest part but the last (Amazon S3 User Guide, "Multipart
// upload limits").
const minPart = 5 << 20

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
	if fault := s.locked(r); fault != nil {
		fault.write(w)
		return
	}
	switch {
	case r.Method == http.MethodPost && r.URL.Query().Has("uploadId"):
		s.complete(w, r, body)
	case r.Method == http.MethodPut, r.Method == http.MethodDelete, r.Method == http.MethodPost:
		s.write(w, r, body)
	default:
		s.read(w, r)
	}
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
