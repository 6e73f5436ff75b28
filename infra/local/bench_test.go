package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
)

// BenchmarkRead is a read route of the whole process over HTTP, signed in: two
// reads of the table for the session, one for the answer. The ratio is to a
// handler that does nothing, asked the same way in the same run.
func BenchmarkRead(b *testing.B) {
	s := startServer(b, b.TempDir(), nil)
	p := hometest.Register(b, s, "ada")
	path := "/api/apis/" + sampleConnection(b, p, "Museum")
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer bare.Close()
	const asked = 2000
	floor := perRequest(b, bare.URL, "", asked)
	for b.Loop() {
		took := perRequest(b, s.url+path, p.Token, asked)
		b.ReportMetric(float64(time.Second)/float64(took), "requests/s")
		b.ReportMetric(float64(took)/float64(floor), "x-bare-handler")
	}
}

// perRequest asks n times over two connections and gives the time of one.
func perRequest(b *testing.B, url, token string, n int) time.Duration {
	b.Helper()
	done := make(chan error, 2)
	began := time.Now()
	for range 2 {
		go func() { done <- ask(url, token, n/2) }()
	}
	for range 2 {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began) / time.Duration(n)
}

func ask(url, token string, n int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for range n {
		req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return &statusError{res.Status}
		}
	}
	return nil
}

type statusError struct{ status string }

func (e *statusError) Error() string { return e.status }
