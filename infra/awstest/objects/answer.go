package objects

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// shown are x-amz headers that S3 answers with.
var shown = []string{"X-Amz-Meta-", "X-Amz-Server-Side-Encryption", "X-Amz-Request-Id", "X-Amz-Id-2"}

// give writes an answer out, without the headers of the request that made the
// object, which gofakes3 keeps with it.
func give(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		if !strings.HasPrefix(name, "X-Amz-") || slices.ContainsFunc(shown, func(p string) bool { return strings.HasPrefix(name, p) }) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have gone
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
