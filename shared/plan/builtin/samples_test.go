package builtin_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

func TestScratch(t *testing.T) {
	file := os.Getenv("GOALS")
	if file == "" {
		t.Skip()
	}
	var es []catalog.Entry
	for _, f := range []string{"museum.yaml", "petstore.yaml", "gitea.json.gz"} {
		raw, _ := os.ReadFile(filepath.Join("../../../infra/local/samples", f))
		if strings.HasSuffix(f, ".gz") {
			z, _ := gzip.NewReader(bytes.NewReader(raw))
			raw, _ = io.ReadAll(z)
		}
		b := time.Now()
		doc, err := spec.Parse(context.Background(), raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := time.Since(b)
		b = time.Now()
		api, _, _ := catalog.New(context.Background(), doc)
		fmt.Println(f, "parse", p, "catalog", time.Since(b))
		name, _, _ := strings.Cut(f, ".")
		es = append(es, catalog.Entry{Connection: "con_" + name, Name: strings.ToUpper(name[:1]) + name[1:], API: api})
	}
	set := catalog.NewSet(es...)
	raw, _ := os.ReadFile(file)
	for _, g := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if g == "" || g[0] == '#' {
			continue
		}
		b := time.Now()
		d, err := builtin.New(&builtin.Options{Now: now}).Plan(context.Background(), g, set)
		fmt.Println("\nGOAL", g, time.Since(b).Round(time.Millisecond/10))
		if err != nil {
			fmt.Println("   ERR", err)
			continue
		}
		for i, l := range lines(d) {
			h := 0.0
			if i < len(d.Steps) {
				h = d.Steps[i].Match
			}
			c := ""
			if d.Steps[i].Entry != nil {
				c = d.Steps[i].Entry.Name
			}
			fmt.Printf("   %.2f %.2f %-8s %s\n", h, d.Steps[i].Margin, c, l)
		}
		for _, n := range d.Notes {
			fmt.Println("   NOTE", n)
		}
	}
}
