package shelf_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/shelf"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/tenant"
)

// corpus are documents that are in memory, by their hash.
type corpus map[string]*spec.Document

func (c corpus) Open(_ context.Context, hash string) (*spec.Document, error) { return c[hash], nil }

// BenchmarkCold makes the first plan of a process over the catalogues of real documents:
// those built from documents that are in memory already, and those loaded from a folder.
// It tells the parts, and the bytes that each operation takes in the store.
func BenchmarkCold(b *testing.B) {
	data := os.Getenv("DATA")
	if data == "" {
		b.Skip("DATA is not set: it names the folder with plan/arazzo and plan/distractors")
	}
	names, err := eval.Open(filepath.Join(data, "plan")).Names("arazzo")
	if err != nil {
		b.Fatal(err)
	}
	objects, err := dir.Open(b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { objects.Close() })
	blobs, docs := blob.New(objects), corpus{}
	s := shelf.New(blobs, docs, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx := tenant.With(context.Background(), "wsp_a")
	var hashes []string
	for _, name := range names {
		doc := spectest.Open(b, filepath.Join(data, "plan", name))
		if hash := doc.Info().Hash; docs[hash] == nil {
			docs[hash] = doc
			hashes = append(hashes, hash)
			s.Imported(ctx, doc)
		}
	}
	stored := int64(0)
	for info, err := range blobs.All(ctx, "spec/") {
		if err != nil {
			b.Fatal(err)
		}
		stored += info.Size
	}
	const goal = "Create a customer, send an invoice to the customer by email and post a message to the channel"
	planner := builtin.New(nil)
	for _, n := range []int{28, len(hashes)} {
		few := spread(hashes, n)
		for name, open := range map[string]func(hash string) (*catalog.API, error){
			"built": func(hash string) (*catalog.API, error) {
				api, _, err := catalog.New(ctx, docs[hash])
				return api, err
			},
			"loaded": func(hash string) (*catalog.API, error) { return s.Load(ctx, hash) },
		} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				var opening, planning time.Duration
				operations := 0
				for b.Loop() {
					began := time.Now()
					entries := make([]catalog.Entry, 0, n)
					for i, hash := range few {
						api, err := open(hash)
						if err != nil {
							b.Fatal(err)
						}
						entries = append(entries, catalog.Entry{Connection: fmt.Sprint("con_", i), Name: api.Title, API: api})
					}
					set := catalog.NewSet(entries...)
					opened := time.Now()
					if _, err := planner.Plans(ctx, goal, set, 3); err != nil {
						b.Fatal(err)
					}
					opening, planning, operations = opening+opened.Sub(began), planning+time.Since(opened), set.Len()
				}
				b.ReportMetric(float64(operations), "operations")
				b.ReportMetric(float64(opening.Microseconds())/1000/float64(b.N), "open-ms")
				b.ReportMetric(float64(planning.Microseconds())/1000/float64(b.N), "plan-ms")
			})
		}
	}
	b.Logf("%d documents take %d bytes", len(hashes), stored)
}

// spread takes n of a list, evenly.
func spread(list []string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}
