package spec

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// BenchmarkImportGitHub imports 13 MB of JSON and reports the time as a ratio to
// decoding the same bytes into any with encoding/json, in the same run.
func BenchmarkImportGitHub(b *testing.B) {
	benchmarkImport(b, "github.json.gz", func(raw []byte) error {
		var v any
		return json.Unmarshal(raw, &v)
	})
}

// BenchmarkImportStripe imports 4.5 MB of YAML; its floor is the library's parse
// into nodes.
func BenchmarkImportStripe(b *testing.B) {
	benchmarkImport(b, "stripe.yaml.gz", func(raw []byte) error {
		var n yaml.Node
		return yaml.Unmarshal(raw, &n)
	})
}

func benchmarkImport(b *testing.B, file string, floor func([]byte) error) {
	raw := corpusFile(b, file)
	var ours, theirs time.Duration
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		start := time.Now()
		if _, err := Parse(context.Background(), raw, nil); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		if err := floor(raw); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-floor")
}

// synthetic is a document of n operations over made-up resources.
func synthetic(n int) []byte {
	nouns := strings.Fields("account invoice customer order shipment ticket message channel project issue branch release payment refund subscription plan webhook report user team role device sensor session article comment tag file folder event calendar contact lead campaign survey product price coupon cart")
	verbs := []struct{ method, word string }{{"get", "Retrieve"}, {"post", "Create"}, {"put", "Replace"}, {"patch", "Update"}, {"delete", "Delete"}}
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Synthetic","version":"1"},"paths":{`)
	for i := 0; i < n; i += len(verbs) {
		noun, owner := nouns[i/5%len(nouns)], nouns[i/5/len(nouns)%len(nouns)]
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/v1/%ss/{id}/%ss/%d":{`, owner, noun, i)
		for j, v := range verbs {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"%s":{"operationId":"%s%s%d","tags":[%q],"summary":"%s a %s of the %s","description":"%s one %s that belongs to a given %s, with all of its details and its history.","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"page_size","in":"query","schema":{"type":"integer"}}],"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},"created_at":{"type":"string"}}}}}}}}`,
				v.method, strings.ToLower(v.word), strings.ToUpper(noun[:1])+noun[1:], i+j, noun, v.word, noun, owner, v.word, noun, owner)
		}
		b.WriteByte('}')
	}
	b.WriteString(`}}`)
	return []byte(b.String())
}

func searchQueries() []string {
	return []string{
		"create an invoice for a customer", "list all open tickets of a project", "delete webhook", "refund a payment",
		"update the price of a product and get its details", "send message to channel", "get user", "retrieve the release history of a branch",
		"createInvoice", "subscr", "add a comment to the article, then tag it", "GET /v1/accounts/{id}/accounts/0",
	}
}

// BenchmarkSearch10k ranks over 10,000 operations and reports the 95th
// percentile of a query's time.
func BenchmarkSearch10k(b *testing.B) { benchmarkSearch(b, 10_000) }

// BenchmarkSearch16k is the same over 16,000.
func BenchmarkSearch16k(b *testing.B) { benchmarkSearch(b, 16_000) }

func benchmarkSearch(b *testing.B, n int) {
	d, err := Parse(context.Background(), synthetic(n), nil)
	if err != nil {
		b.Fatal(err)
	}
	if d.Len() != n {
		b.Fatalf("made %d operations, want %d", d.Len(), n)
	}
	s := NewSearcher(SearchDoc{"s", d})
	start := time.Now()
	s.Search("warm", 1)
	build := time.Since(start)
	queries := searchQueries()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if hits := s.Search(queries[i%len(queries)], 20); len(hits) == 0 {
			b.Fatalf("%q finds nothing", queries[i%len(queries)])
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(build.Milliseconds()), "build-ms")
}

// BenchmarkOperationDetail reopens a stored document and reads one operation.
func BenchmarkOperationDetail(b *testing.B) {
	d, err := Parse(context.Background(), corpusFile(b, "github.json.gz"), nil)
	if err != nil {
		b.Fatal(err)
	}
	index, err := d.Index()
	if err != nil {
		b.Fatal(err)
	}
	id := d.Summaries()[d.Len()/2].ID
	var took []time.Duration
	defer func() { b.ReportMetric(float64(len(index)), "index-bytes") }()
	for b.Loop() {
		start := time.Now()
		again, err := Load(d.JSON(), index)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := again.Operation(id); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
