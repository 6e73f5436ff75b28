package dynamodb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Refusal is what becomes of one request. Its zero value forwards it.
type Refusal struct {
	// Delay passes before anything else.
	Delay time.Duration
	// Done makes the real request first and throws its answer away.
	Done bool
	// Cut ends the connection without an answer; Half does so in the middle of the
	// real one.
	Cut, Half bool
	// Status and Code are the answer that is given, as DynamoDB words it: see
	// Throttled and Internal.
	Status int
	Code   string
	// Reasons are those of a cancelled transaction, one for each operation; see Cancelled.
	Reasons []string
}

// Throttled is the answer of a table that has no capacity left.
func Throttled() *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Code: "ProvisionedThroughputExceededException"}
}

// Internal is the answer of a service that failed.
func Internal() *Refusal {
	return &Refusal{Status: http.StatusInternalServerError, Code: "InternalServerError"}
}

// Cancelled is the answer to a transaction that was not carried out: a reason for
// each operation, such as "None", "TransactionConflict" or "ConditionalCheckFailed".
func Cancelled(reasons ...string) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Code: "TransactionCanceledException", Reasons: reasons}
}

// Lost is a request that was carried out and whose answer never came.
func Lost() *Refusal { return &Refusal{Done: true, Cut: true} }

// Fault decides about one request: target is its operation, such as "UpdateItem",
// and n counts the requests of that operation from 1, repetitions included. nil
// lets it through. It is called by several goroutines at once.
type Fault func(target string, n int) *Refusal

// Proxy stands between a client and DynamoDB Local.
type Proxy struct {
	// URL is the endpoint for clients.
	URL    string
	target string
	fault  Fault
	client *http.Client

	mu   sync.Mutex
	seen map[string]int
}

// NewProxy starts one in front of an endpoint; it ends with the test.
func NewProxy(t testing.TB, endpoint string, fault Fault) *Proxy {
	t.Helper()
	transport := &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 64}
	p := &Proxy{target: endpoint, fault: fault, client: &http.Client{Transport: transport}, seen: map[string]int{}}
	server := httptest.NewServer(p) // on 127.0.0.1
	p.URL = server.URL
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// Seen is how many requests of an operation came.
func (p *Proxy) Seen(target string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[target]
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Read first: only then does the server notice that a client goes away.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	p.mu.Lock()
	p.seen[target]++
	n := p.seen[target]
	p.mu.Unlock()
	refusal := p.fault(target, n)
	if refusal == nil {
		refusal = &Refusal{}
	}
	if !wait(r, refusal.Delay) {
		panic(http.ErrAbortHandler)
	}
	if !refusal.Done && !refusal.Half {
		switch {
		case refusal.Cut:
			panic(http.ErrAbortHandler)
		case refusal.Status != 0:
			refusal.answer(w)
			return
		}
	}
	header, status, answer, err := p.forward(r, body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	case refusal.Cut:
		panic(http.ErrAbortHandler)
	case refusal.Status != 0:
		refusal.answer(w)
		return
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
	w.WriteHeader(status)
	if refusal.Half {
		_, _ = w.Write(answer[:len(answer)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(answer)
}

func (p *Proxy) forward(r *http.Request, body []byte) (http.Header, int, []byte, error) {
	// What the client gives up must not be given up here: that is the network's part.
	out, err := http.NewRequest(r.Method, p.target+r.URL.Path, bytes.NewReader(body)) //nolint:noctx // see above
	if err != nil {
		return nil, 0, nil, err
	}
	out.Header = r.Header.Clone()
	out.Header.Del("Accept-Encoding") // the answer's checksum is over what is sent here
	res, err := p.client.Do(out)
	if err != nil {
		return nil, 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.Header, res.StatusCode, answer, err
}

func (f *Refusal) answer(w http.ResponseWriter) {
	type reason struct{ Code string }
	body := struct {
		Type    string   `json:"__type"`
		Message string   `json:"message"`
		Reasons []reason `json:"CancellationReasons,omitempty"`
	}{Type: "com.amazonaws.dynamodb.v20120810#" + f.Code, Message: "injected by a test"}
	for _, code := range f.Reasons {
		body.Reasons = append(body.Reasons, reason{code})
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone gets none
}

// wait returns false where the client went away meanwhile.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-timer.C:
		return true
	}
}
