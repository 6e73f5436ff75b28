package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Op is one operation of a JSON Patch (RFC 6902): add, replace, remove or move.
type Op struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	From  string          `json:"from,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// ErrNoPlace reports a patch that does not fit the document.
var ErrNoPlace = errors.New("patch: there is no such place")

// Apply returns the document with all operations done, in order. The error is
// ErrNoPlace where one does not fit; the document itself is never changed.
func Apply(doc json.RawMessage, ops []Op) (json.RawMessage, error) {
	var root any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber() // numbers stay as they are written
	if err := dec.Decode(&root); err != nil {
		return nil, fmt.Errorf("patch: read document: %w", err)
	}
	for _, op := range ops {
		if err := apply(&root, op); err != nil {
			return nil, fmt.Errorf("%w: %s %s", err, op.Op, op.Path)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("patch: write document: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func apply(root *any, op Op) error {
	var value any
	if op.Op == "add" || op.Op == "replace" {
		dec := json.NewDecoder(bytes.NewReader(op.Value))
		dec.UseNumber()
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("patch: value: %w", err)
		}
	}
	switch op.Op {
	case "add":
		return put(root, op.Path, value, false)
	case "replace":
		return put(root, op.Path, value, true)
	case "remove":
		_, err := take(root, op.Path)
		return err
	case "move":
		moved, err := take(root, op.From)
		if err != nil {
			return err
		}
		return put(root, op.Path, moved, false)
	}
	return fmt.Errorf("patch: unknown operation %q", op.Op)
}

// put sets a value; over says that there must be one.
func put(root *any, path string, value any, over bool) error {
	if path == "" {
		*root = value
		return nil
	}
	return within(root, path, func(parent any, key string) (any, error) {
		switch p := parent.(type) {
		case map[string]any:
			if _, there := p[key]; over && !there {
				return nil, ErrNoPlace
			}
			p[key] = value
			return p, nil
		case []any:
			i, err := strconv.Atoi(key)
			switch {
			case key == "-" && !over:
				return append(p, value), nil
			case err != nil || i < 0 || i > len(p) || over && i == len(p):
				return nil, ErrNoPlace
			case over:
				p[i] = value
				return p, nil
			}
			return slices.Insert(p, i, value), nil
		}
		return nil, ErrNoPlace
	})
}

func take(root *any, path string) (taken any, err error) {
	err = within(root, path, func(parent any, key string) (any, error) {
		switch p := parent.(type) {
		case map[string]any:
			v, there := p[key]
			if !there {
				return nil, ErrNoPlace
			}
			taken = v
			delete(p, key)
			return p, nil
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(p) {
				return nil, ErrNoPlace
			}
			taken = p[i]
			return slices.Delete(p, i, i+1), nil
		}
		return nil, ErrNoPlace
	})
	return taken, err
}

// within lets change make another value of what holds the last token of a path.
func within(at *any, path string, change func(parent any, key string) (any, error)) error {
	token, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	key := strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	if !more {
		next, err := change(*at, key)
		if err == nil {
			*at = next
		}
		return err
	}
	switch p := (*at).(type) {
	case map[string]any:
		v, there := p[key]
		if !there {
			return ErrNoPlace
		}
		err := within(&v, rest, change)
		p[key] = v
		return err
	case []any:
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(p) {
			return ErrNoPlace
		}
		return within(&p[i], rest, change)
	}
	return ErrNoPlace
}
