package builtin_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// synthetic makes a set of n operations over four documents, five to a kind of
// thing, with bodies, lists and ids as APIs have them.
func synthetic(t testing.TB, n int) *catalog.Set {
	t.Helper()
	nouns := strings.Fields("account invoice payment customer ticket order shipment parcel contract quote lead campaign message channel team project task sprint board card label file folder report dashboard alert incident runbook device sensor")
	adjectives := strings.Fields("open draft archived shared internal external weekly monthly urgent pending active legacy regional premium trial bulk partner vendor seasonal public")
	var entries []catalog.Entry
	for d := range 4 {
		var b strings.Builder
		fmt.Fprintf(&b, "openapi: 3.0.3\ninfo: {title: Synthetic %d, version: '1'}\npaths:\n", d)
		for k := range n / 20 {
			noun, adj := nouns[(k+d*7)%len(nouns)], adjectives[(k/len(nouns)+d*5)%len(adjectives)]
			name := strings.ToUpper(adj[:1]) + adj[1:] + strings.ToUpper(noun[:1]) + noun[1:]
			path := fmt.Sprintf("/%s-%ss", adj, noun)
			item := fmt.Sprintf("{type: object, properties: {id: {type: string}, name: {type: string}, status: {type: string, enum: [open, closed]}, amount: {type: number}, %sId: {type: string}, owner: {type: object, properties: {id: {type: string}, email: {type: string, format: email}}}}}", nouns[(k+3)%len(nouns)])
			fmt.Fprintf(&b, "  %s:\n    get: {operationId: list%ss, summary: List %s %ss, parameters: [{name: limit, in: query, schema: {type: integer}}, {name: status, in: query, schema: {type: string, enum: [open, closed]}}], responses: {'200': {description: ok, content: {application/json: {schema: {type: object, properties: {data: {type: array, items: %s}}}}}}}}\n", path, name, adj, noun, item)
			fmt.Fprintf(&b, "    post: {operationId: create%s, summary: Create a %s %s, requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name, amount], properties: {name: {type: string}, amount: {type: number}, note: {type: string}}}}}}, responses: {'201': {description: ok, content: {application/json: {schema: %s}}}}}\n", name, adj, noun, item)
			param := fmt.Sprintf("parameters: [{name: %sId, in: path, required: true, schema: {type: string}}]", noun)
			fmt.Fprintf(&b, "  %s/{%sId}:\n    get: {operationId: get%s, summary: Get a %s %s, %s, responses: {'200': {description: ok, content: {application/json: {schema: %s}}}}}\n", path, noun, name, adj, noun, param, item)
			fmt.Fprintf(&b, "    put: {operationId: update%s, summary: Update a %s %s, %s, requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {name: {type: string}, amount: {type: number}}}}}}, responses: {'200': {description: ok, content: {application/json: {schema: %s}}}}}\n", name, adj, noun, param, item)
			fmt.Fprintf(&b, "    delete: {operationId: delete%s, summary: Delete a %s %s, %s, responses: {'204': {description: gone}}}\n", name, adj, noun, param)
		}
		doc, err := spec.Parse(context.Background(), []byte(b.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		api, _, err := catalog.New(context.Background(), doc)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, catalog.Entry{Connection: fmt.Sprintf("con_%d", d), Name: api.Title, API: api})
	}
	return catalog.NewSet(entries...)
}

var benchGoals = []string{
	"List the open invoices",
	"Get the draft payment with id pay_123, then create a pending ticket named \"Check\" with amount 20",
	"Find all urgent incidents, and for each of them create an active alert named \"Look\"",
	"Delete every archived file and send a message to my first internal channel if there are more than 10 files",
	"Update the premium customer named 'Acme' with amount 300, list the weekly reports, then delete the trial order #42 unless it is closed",
}

// BenchmarkPlan plans over 2,000 and 4,000 operations; it reports the 50th and
// 99th percentile beside the mean.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{2000, 4000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			set := synthetic(b, n)
			p := builtin.New(&builtin.Options{Now: now})
			took := make([]time.Duration, 0, b.N)
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				if _, err := p.Plan(context.Background(), benchGoals[i%len(benchGoals)], set); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(set.Len()), "operations")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkCatalog reads a document of 500 operations into its catalogue.
func BenchmarkCatalog(b *testing.B) {
	doc, err := synthetic(b, 2000).Entries[0].Document()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := catalog.New(context.Background(), doc); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLargeDocument reads the catalogue of a real document of about a
// thousand operations, and plans over it.
func BenchmarkLargeDocument(b *testing.B) {
	data := os.Getenv("DATA")
	if data == "" {
		b.Skip("DATA is not set: it names the folder that holds specs/github.json.gz")
	}
	doc := spectest.Open(b, filepath.Join(data, "specs", "github.json.gz"))
	api := plantest.API(b, doc)
	b.Run("catalog", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := catalog.New(context.Background(), doc); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("plan", func(b *testing.B) {
		set := catalog.NewSet(catalog.Entry{Connection: "con_1", Name: "GitHub", API: api})
		p := builtin.New(&builtin.Options{Now: now})
		for b.Loop() {
			if _, err := p.Plan(context.Background(), "List the open issues of my repository, create an issue titled \"Broken\" and lock each of them", set); err != nil {
				b.Fatal(err)
			}
		}
	})
}
