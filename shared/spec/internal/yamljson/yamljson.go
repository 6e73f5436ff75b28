// Package yamljson turns YAML into JSON text in the order of the source, bounded
// in depth, in what aliases may expand to, and, where the document comes apart, in
// how much of it is held as a tree. It reads plain scalars by the core
// schema of YAML 1.2 (section 10.3), so that `on`, `yes` and dates stay strings
// and numbers keep the digits they were written with. It never decodes into Go
// values and never reads JSON: that is the caller's to keep away.
package yamljson

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Errors that a caller tells apart with errors.Is. Any other error of Convert is
// a fault of syntax.
var (
	ErrTooDeep   = errors.New("yaml: nested too deep")
	ErrAliasBomb = errors.New("yaml: aliases expand beyond the limit")
	ErrKey       = errors.New("yaml: a mapping key is not a scalar")
	ErrTooLarge  = errors.New("yaml: the document is too large as JSON")
	ErrEmpty     = errors.New("yaml: the document is empty")
)

// Limits bound a conversion.
type Limits struct {
	// MaxDepth is how many collections may be open at once. Defaults to 1,000.
	MaxDepth int
	// MaxBytes is how long the JSON may become. Defaults to no limit.
	MaxBytes int
	// MaxAliasBytes is how much JSON all aliases together may expand to. Defaults to
	// 1 MiB and four times the input.
	MaxAliasBytes int
}

// Convert returns the first document of src as JSON. Repeated keys are kept, in
// order; merge keys (<<) are resolved, the mapping's own keys winning.
func Convert(src []byte, limits *Limits) ([]byte, error) {
	var l Limits
	if limits != nil {
		l = *limits
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = 1000
	}
	if l.MaxAliasBytes <= 0 {
		l.MaxAliasBytes = 1<<20 + 4*len(src)
	}
	return convert(src, l, chunkBytes)
}

// convert reads the document in pieces of about chunk bytes, and as a whole where
// it is smaller or does not come apart. Faults are always those of the whole.
func convert(src []byte, l Limits, chunk int) ([]byte, error) {
	w := writer{limits: l, out: make([]byte, 0, len(src)+len(src)/8)}
	if len(src) > chunk {
		if err := w.chunks(src, chunk); err == nil {
			return w.out, nil
		} else if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrAliasBomb) {
			return nil, err
		}
		w = writer{limits: l, out: w.out[:0]}
	}
	root, err := compose(src)
	if err != nil {
		return nil, err
	}
	if err := w.node(root, 0); err != nil {
		return nil, err
	}
	return w.out, nil
}

// compose is the library's parse, kept from panicking into the caller: the
// input is hostile and the library is large.
func compose(src []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		// The library's own limit, 10,000, has no error value to compare with.
		if strings.Contains(err.Error(), "exceeded max depth") {
			return nil, ErrTooDeep
		}
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, ErrEmpty
	}
	return doc.Content[0], nil
}

type writer struct {
	out     []byte
	limits  Limits
	aliases int // aliases being expanded around the present node
	from    int // where the outermost of them began to write
	spent   int // charged for aliases: bytes written, and one for each visit
}

func (w *writer) node(n *yaml.Node, depth int) error {
	if depth > w.limits.MaxDepth {
		return ErrTooDeep
	}
	if w.limits.MaxBytes > 0 && len(w.out) > w.limits.MaxBytes {
		return ErrTooLarge
	}
	switch n.Kind {
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		w.out = append(w.out, '[')
		for i, item := range n.Content {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			if err := w.node(item, depth+1); err != nil {
				return err
			}
		}
		w.out = append(w.out, ']')
		return nil
	case yaml.AliasNode:
		return w.alias(n, func(target *yaml.Node) error { return w.node(target, depth+1) })
	case yaml.ScalarNode:
		w.out = appendScalar(w.out, n)
		return nil
	}
	return fmt.Errorf("yaml: line %d: unknown node", n.Line)
}

// alias runs write on what n stands for and charges what it writes. An alias
// inside its own anchor runs into the depth limit.
func (w *writer) alias(n *yaml.Node, write func(*yaml.Node) error) error {
	if n.Alias == nil {
		return fmt.Errorf("yaml: line %d: unknown anchor", n.Line)
	}
	if w.aliases == 0 {
		w.from = len(w.out)
	}
	w.spent++
	w.aliases++
	err := write(n.Alias)
	w.aliases--
	if err == nil && w.spent+len(w.out)-w.from > w.limits.MaxAliasBytes {
		return ErrAliasBomb
	}
	if w.aliases == 0 {
		w.spent += len(w.out) - w.from
	}
	return err
}

func (w *writer) mapping(n *yaml.Node, depth int) error {
	w.out = append(w.out, '{')
	var merges []*yaml.Node
	var seen map[string]bool
	for i := 0; i < len(n.Content) && seen == nil; i += 2 {
		if isMerge(n.Content[i]) {
			seen = map[string]bool{}
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if seen != nil && isMerge(key) {
			merges = append(merges, value)
			continue
		}
		if err := w.member(key, value, depth, seen); err != nil {
			return err
		}
	}
	for _, m := range merges {
		if err := w.merge(m, depth, seen); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// member writes one pair; seen, when not nil, gathers the keys written.
func (w *writer) member(key, value *yaml.Node, depth int, seen map[string]bool) error {
	name := key
	if name.Kind == yaml.AliasNode && name.Alias != nil {
		name = name.Alias
	}
	if name.Kind != yaml.ScalarNode {
		return fmt.Errorf("%w: line %d", ErrKey, key.Line)
	}
	if seen != nil {
		seen[name.Value] = true
	}
	if last := w.out[len(w.out)-1]; last != '{' {
		w.out = append(w.out, ',')
	}
	w.out = rawjson.Quote(w.out, name.Value)
	w.out = append(w.out, ':')
	return w.node(value, depth+1)
}

// merge writes the members of a merge key's value that the mapping lacks.
func (w *writer) merge(n *yaml.Node, depth int, seen map[string]bool) error {
	if depth > w.limits.MaxDepth {
		return ErrTooDeep
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.alias(n, func(target *yaml.Node) error { return w.merge(target, depth+1, seen) })
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if err := w.merge(item, depth+1, seen); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		var nested []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if isMerge(key) {
				nested = append(nested, value)
				continue
			}
			if w.spent++; seen[key.Value] {
				continue
			}
			if err := w.member(key, value, depth, seen); err != nil {
				return err
			}
		}
		for _, m := range nested {
			if err := w.merge(m, depth+1, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

func isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.Style&quoted == 0 && n.Tag != "!!str"
}
