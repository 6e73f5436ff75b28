package yamljson

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v4"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// A node tree takes about twenty times the text it was read from. So that a
// large document never has one, its block mappings are cut between their keys, and
// what lies between two cuts is read, written and forgotten by itself. A cut is
// safe where the reader of the whole would stand at the same place in the same
// state: at a key that begins at the mapping's own column. Inside of a block or
// plain scalar nothing stands at that column; what is inside of quotes or of a flow
// collection leaves the text before the cut unfinished, which is an error of it.
// All else that could lean on another piece is found and said by errLean, and then
// the document is read as a whole.
var errLean = errors.New("yaml: a piece of the document leans on another")

const (
	// chunkBytes is how much text is read at a time, if its keys allow it.
	chunkBytes = 64 << 10
	// maxSplitDepth is how deep keys are looked at: components, schemas, Pet.
	maxSplitDepth = 4
)

// chunks converts src piece by piece into w. After an error of any kind w holds
// something unfinished, and the whole document decides.
func (w *writer) chunks(src []byte, target int) error {
	if hasOddBreaks(src) {
		return errLean
	}
	from, ok := skipPrologue(src)
	if !ok {
		return errLean
	}
	if from > 0 {
		// What stands before the first key is read for its faults only.
		probe := append(bytes.Clone(src[:from]), "k: v\n"...)
		if root, err := compose(probe); err != nil || root.Kind != yaml.MappingNode || len(root.Content) != 2 {
			return errLean
		}
	}
	s := splitter{w: w, src: src, target: target}
	w.out = append(w.out, '{')
	if err := s.mapping(from, len(src), 0); err != nil {
		return err
	}
	w.out = append(w.out, '}')
	return nil
}

// hasOddBreaks tells line breaks that this file does not see but YAML 1.1 does.
func hasOddBreaks(src []byte) bool {
	for rest := src; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			break
		}
		if i+1 >= len(rest) || rest[i+1] != '\n' {
			return true
		}
		rest = rest[i+2:]
	}
	for _, seq := range []string{"\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(src, []byte(seq)) {
			return true
		}
	}
	return false
}

// skipPrologue is where the first line of content begins, after comments and at
// most one bare "---".
func skipPrologue(src []byte) (from int, ok bool) {
	started := false
	for i := 0; i < len(src); {
		l := lineAt(src, i)
		switch {
		case l.blank || l.comment:
		case !started && l.indent == 0 && string(l.text) == "---":
			started = true
		default:
			return i, true
		}
		i = l.next
	}
	return 0, false
}

// line is one line of the source: blank for white space only, comment where that
// is followed by "#".
type line struct {
	indent         int    // spaces before the text
	text           []byte // without the break and the white space around
	next           int    // where the next line begins
	blank, comment bool
}

func lineAt(src []byte, i int) line {
	var l line
	end := len(src)
	if n := bytes.IndexByte(src[i:], '\n'); n >= 0 {
		end = i + n
	}
	l.next = min(end+1, len(src))
	start := i
	for start < end && src[start] == ' ' {
		start++
	}
	l.indent = start - i
	for end > start && (src[end-1] == ' ' || src[end-1] == '\t' || src[end-1] == '\r') {
		end--
	}
	l.text = src[start:end]
	l.blank = len(l.text) == 0
	l.comment = !l.blank && l.text[0] == '#'
	return l
}

// simpleKey reads the key that a line begins with, if it is one that can be told
// for certain: plain, of ordinary characters, or quoted without an escape. rest is
// what follows the colon.
func simpleKey(text []byte) (key string, rest []byte, ok bool) {
	const maxKey = 512 // YAML's own bound for a key without "?" is 1,024
	if len(text) == 0 {
		return "", nil, false
	}
	end := 0
	if q := text[0]; q == '"' || q == '\'' {
		n := bytes.IndexByte(text[1:], q)
		if n < 0 || n > maxKey {
			return "", nil, false
		}
		for _, c := range text[1 : 1+n] {
			if c < ' ' || c > '~' || c == '\\' {
				return "", nil, false
			}
		}
		key, end = string(text[1:1+n]), n+2
	} else {
		if !isPlainStart(q) {
			return "", nil, false
		}
		for end < len(text) && text[end] > ' ' && text[end] <= '~' && text[end] != '#' && !endsKey(text, end) {
			end++
		}
		if end > maxKey {
			return "", nil, false
		}
		key = string(text[:end])
	}
	if !endsKey(text, end) {
		return "", nil, false
	}
	return key, bytes.TrimLeft(text[end+1:], " \t"), true
}

// endsKey tells a colon that is followed by a space or the line's end.
func endsKey(text []byte, i int) bool {
	return i < len(text) && text[i] == ':' && (i+1 == len(text) || text[i+1] == ' ')
}

func isPlainStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '_' || c == '$'
}

// splitter cuts one document.
type splitter struct {
	w      *writer
	src    []byte
	target int
}

// entry is a key of a mapping with all that belongs to it.
type entry struct {
	key        string
	start, end int
	body       int  // where the line after the key's begins
	bare       bool // nothing stands behind the colon
}

// mapping writes the members of the block mapping that fills the lines from start
// to end, depth collections deep.
func (s *splitter) mapping(start, end, depth int) error {
	var run entry // entries that are read together
	flush := func() error {
		if run.end == run.start {
			return nil
		}
		err := s.piece(run.start, run.end, depth)
		run = entry{}
		return err
	}
	err := s.entries(start, end, func(e entry) error {
		if e.end-e.start > s.target && e.bare && depth < maxSplitDepth && s.splittable(e.body, e.end) {
			if err := flush(); err != nil {
				return err
			}
			s.comma()
			s.w.out = append(rawjson.Quote(s.w.out, e.key), ':', '{')
			if err := s.mapping(e.body, e.end, depth+1); err != nil {
				return err
			}
			s.w.out = append(s.w.out, '}')
			return nil
		}
		if run.end > run.start && e.end-run.start > s.target {
			if err := flush(); err != nil {
				return err
			}
		}
		if run.end == run.start {
			run.start = e.start
		}
		run.end = e.end
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func (s *splitter) comma() {
	if s.w.out[len(s.w.out)-1] != '{' {
		s.w.out = append(s.w.out, ',')
	}
}

// entries tells the entries of a block mapping one by one. Lines that are no
// certain key belong to the entry before them.
func (s *splitter) entries(start, end int, yield func(entry) error) error {
	column := -1
	e := entry{start: start}
	for i := start; i < end; {
		l := lineAt(s.src, i)
		at := i
		i = l.next
		if l.blank {
			continue
		}
		if l.indent == 0 && !l.comment && isMarker(l.text) {
			return errLean
		}
		if l.comment {
			continue
		}
		switch {
		case column < 0:
			key, rest, ok := simpleKey(l.text)
			if !ok {
				return errLean
			}
			// Comments before the first key go with it.
			column = l.indent
			e.key, e.body, e.bare = key, l.next, len(rest) == 0
		case l.indent < column:
			return errLean
		case l.indent == column:
			if l.text[0] == '?' {
				return errLean
			}
			key, rest, ok := simpleKey(l.text)
			if !ok {
				continue
			}
			e.end = at
			if err := yield(e); err != nil {
				return err
			}
			e = entry{key: key, start: at, body: l.next, bare: len(rest) == 0}
		}
	}
	e.end = end
	if column < 0 {
		return errLean
	}
	return yield(e)
}

// splittable says whether the lines hold a block mapping.
func (s *splitter) splittable(start, end int) bool {
	for i := start; i < end; {
		l := lineAt(s.src, i)
		if !l.blank && !l.comment {
			_, _, ok := simpleKey(l.text)
			return ok
		}
		i = l.next
	}
	return false
}

// isMarker tells the lines that end a document, begin one, or speak to the reader.
func isMarker(text []byte) bool {
	for _, mark := range []string{"---", "..."} {
		if rest, ok := bytes.CutPrefix(text, []byte(mark)); ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t') {
			return true
		}
	}
	return text[0] == '%'
}

// piece reads some entries of a mapping and writes them as members.
func (s *splitter) piece(start, end, depth int) error {
	root, err := compose(s.src[start:end])
	if err != nil {
		return err
	}
	if root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 {
		return errLean
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if isMerge(root.Content[i]) {
			return errLean // what it brings depends on the keys of the other pieces
		}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if err := s.w.member(root.Content[i], root.Content[i+1], depth, nil); err != nil {
			return err
		}
	}
	return nil
}
