package eval

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// packed is the set whose documents lie together in one file.
const packed = "stabletoolbench/specs.jsonl.gz"

// Corpus opens the documents that goals are about, each once. It is safe for
// concurrent use.
type Corpus struct {
	dir     string
	opening singleflight.Group
	mu      sync.Mutex
	apis    map[string]*catalog.API
	all     map[string]*Over // by set: what goals are asked over that are asked over everything
	// together are the documents of the packed file; nil until they are asked for.
	together map[string]json.RawMessage
}

// Open makes a Corpus of a folder; nothing is read yet.
func Open(dir string) *Corpus {
	return &Corpus{dir: dir, apis: map[string]*catalog.API{}, all: map[string]*Over{}}
}

// API reads a document of the folder.
func (c *Corpus) API(ctx context.Context, name string) (*catalog.API, error) {
	c.mu.Lock()
	api, ok := c.apis[name]
	c.mu.Unlock()
	if ok {
		return api, nil
	}
	v, err, _ := c.opening.Do(name, func() (any, error) {
		raw, err := c.document(name)
		if err != nil {
			return nil, err
		}
		doc, err := spec.Parse(ctx, raw, nil)
		if err != nil {
			return nil, fmt.Errorf("eval: document %s: %w", name, err)
		}
		api, _, err := catalog.New(ctx, doc)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		c.apis[name] = api
		c.mu.Unlock()
		return api, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*catalog.API), nil
}

// Names lists every document that goals of a set may be asked over, sorted: those
// of the packed file for its goals, else all that lie in files.
func (c *Corpus) Names(set string) ([]string, error) {
	var out []string
	if strings.HasPrefix(sets()[set], filepath.Dir(packed)) {
		if err := c.unpack(); err != nil {
			return nil, err
		}
		for name := range c.together {
			out = append(out, name)
		}
		slices.Sort(out)
		return out, nil
	}
	for _, pattern := range []string{"arazzo/specs/*", "distractors/*", "restbench/*.openapi.json*", "toolalpaca/*.openapi.json*", "nestful/*.openapi.json*"} {
		files, err := filepath.Glob(filepath.Join(c.dir, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, fmt.Errorf("eval: list documents: %w", err)
		}
		for _, f := range files {
			name, err := filepath.Rel(c.dir, f)
			if err != nil {
				return nil, fmt.Errorf("eval: list documents: %w", err)
			}
			out = append(out, filepath.ToSlash(name))
		}
	}
	slices.Sort(out)
	return out, nil
}

func (c *Corpus) document(name string) ([]byte, error) {
	if !strings.Contains(name, "/") {
		if err := c.unpack(); err != nil {
			return nil, err
		}
		raw, ok := c.together[name]
		if !ok {
			return nil, fmt.Errorf("eval: there is no document %s", name)
		}
		return raw, nil
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("eval: document %q leads out of the folder", name)
	}
	raw, err := os.ReadFile(filepath.Join(c.dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, fmt.Errorf("eval: read document: %w", err)
	}
	if raw, err = spec.Unpack(raw, maxDocument); err != nil {
		return nil, fmt.Errorf("eval: unpack %s: %w", name, err)
	}
	return raw, nil
}

const maxDocument = 64 << 20

func (c *Corpus) unpack() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.together != nil {
		return nil
	}
	f, err := os.Open(filepath.Join(c.dir, filepath.FromSlash(packed)))
	if err != nil {
		return fmt.Errorf("eval: read documents: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("eval: unpack documents: %w", err)
	}
	all := map[string]json.RawMessage{}
	for dec := json.NewDecoder(bufio.NewReader(z)); ; {
		var one struct {
			File string          `json:"file"`
			Spec json.RawMessage `json:"spec"`
		}
		err := dec.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("eval: unpack documents: %w", err)
		}
		all[one.File] = one.Spec
	}
	c.together = all
	return nil
}

// DocumentsOf lists the documents that the goals of a set are about, sorted; those of
// every set that lies in files where they are about one only.
func (c *Corpus) DocumentsOf(set string) ([]string, error) {
	goals, err := Read(c.dir, set)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range goals {
		out = append(out, goals[i].Documents()...)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) < 2 {
		return c.Names(set)
	}
	return out, nil
}
