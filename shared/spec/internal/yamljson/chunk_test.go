package yamljson

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var testLimits = Limits{MaxDepth: 1000, MaxBytes: 64 << 20, MaxAliasBytes: 64 << 20}

// inPieces converts with pieces as small as can be; leans is true where the
// document has to be read as a whole.
func inPieces(src []byte, l Limits) (out []byte, leans bool) {
	w := writer{limits: l}
	if err := w.chunks(src, 1); err != nil {
		return nil, true
	}
	return w.out, false
}

func whole(src []byte, l Limits) ([]byte, error) {
	return convert(src, l, len(src)+1)
}

func TestPiecesEqualTheWhole(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src   string
		leans bool
	}{
		"plain":                  {"a: 1\nb: 2\n", false},
		"nested":                 {"paths:\n  /a:\n    get:\n      x: 1\n    post: {}\n  /b:\n    get: y\ncomponents:\n  schemas:\n    A: {}\n    B: {}\n", false},
		"whole is indented":      {"  a: 1\n  b:\n    c: d\n", false},
		"start marker":           {"# hello\n---\n# more\na: 1\nb: 2\n", false},
		"crlf":                   {"a:\r\n  b: 1\r\n  c: |\r\n    x: y\r\n\r\nd: 2\r\n", false},
		"no last line end":       {"a: 1\nb: |\n  x", false},
		"comments":               {"a: # one\n# two\n  b: 1\n # three\n  c: 2 # four\n#five\nd: 3\n", false},
		"literal like keys":      {"a: |\n  b: 1\n  c: 2\nd: >-\n  e: 1\n\n\n  f: 2\n\ng: |+\n  x\n\n\nh: 1\n", false},
		"literal of few spaces":  {"a:\n    b: |\n     c: 1\n     d: 2\n    e: 3\n", false},
		"literal with indicator": {"a:\n  b: |2\n      c: 1\n    d: 2\n  e: 3\n", false},
		"sequence at key column": {"a:\n- b: 1\n  c: 2\n- d: 3\ne: 4\n", false},
		"quoted keys":            {"\"/a/{b}\":\n  'c': 1\n'200':\n  d: 2\n", false},
		"quoted over lines":      {"a: \"b\n  c: d\"\ne: 'f\n\n  g: h'\n", false},
		"plain over lines":       {"a: b\n  c d\n  e\nf: 1\n", false},
		"colons in keys":         {"/a:b:\n  x: 1\n/c:d: 2\n", false},
		"flow over lines":        {"a: {b: 1,\n  c: 2}\nd: [e,\n  f]\n", false},
		"own anchors":            {"a:\n  b: &x {k: 1}\n  c: 1\nd: {e: &y 1, f: *y}\n", false},
		"odd keys join":          {"a: 1\nfoo bar: 2\n\"x\\n\": 3\né: 4\nb: 5\n", false},
		"empty values":           {"a:\nb:\n  c:\n  d: ~\n", false},
		"repeated keys":          {"a: 1\na: 2\nb:\n  a: 3\n", false},
		"numbers and booleans":   {"200:\n  on: off\n0x1: 010\n", false},
		"tagged":                 {"a: !!str\nb: !!str 1\n", false},

		"anchors of others":       {"a: &x {k: 1}\nb: *x\n", true},
		"merge of others":         {"a: &x {k: 1}\nb:\n  <<: *x\n  l: 1\n", true},
		"merge at the top":        {"a: 1\n<<: {b: 2}\nb: 3\n", true},
		"flow at the top":         {"{a: 1,\nb: 2}\n", true},
		"sequence at the top":     {"- a: 1\n- b: 2\n", true},
		"quoted at key column":    {"a: \"b\nc: d\"\ne: 1\n", true},
		"flow at key column":      {"a: {b: 1,\nc: 2}\nd: 3\n", true},
		"flow below key column":   {"a:\n    b: {c: 1,\n  d: 2}\n    e: 3\n", true},
		"indents go back":         {"a:\n    b: 1\n  c: 2\nd: 3\n", true},
		"first line deeper":       {"  a: 1\nb: 2\n", true},
		"tab":                     {"a:\n\tb: 1\nc: 2\n", true},
		"two documents":           {"a: 1\n---\nb: 2\n", true},
		"end marker":              {"a: 1\n...\nb: 2\n", true},
		"directive":               {"%YAML 1.2\n---\na: 1\nb: 2\n", true},
		"question marks":          {"? a\n: 1\nb: 2\n", true},
		"later question mark":     {"b: 2\n? a\nc: 1\n", true},
		"lone carriage return":    {"a: 1\rb: 2\nc: 3\n", true},
		"line separator":          {"a: x\u2028b: 2\nc: 3\n", true},
		"byte order mark":         {"\ufeffa: 1\nb: 2\n", true},
		"control character":       {"# \x01\na: 1\nb: 2\n", true},
		"value on the marker":     {"--- a\nb: 2\n", true},
		"comments only":           {"# a\n# b\n", true},
		"nothing":                 {"", true},
		"anchor on the mapping":   {"a: &m\n  b: 1\n  c: 2\nd: *m\n", true},
		"unfinished at the end":   {"a: 1\nb: [1,\n", true},
		"unfinished in the midst": {"a: [1,\nb: 2\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, wantErr := whole([]byte(tc.src), testLimits)
			got, leans := inPieces([]byte(tc.src), testLimits)
			if leans != tc.leans {
				t.Errorf("leans: %v, want %v", leans, tc.leans)
			}
			if !leans && (wantErr != nil || !bytes.Equal(got, want)) {
				t.Errorf("pieces %s\nwhole  %s, %v", got, want, wantErr)
			}
			both, err := convert([]byte(tc.src), testLimits, 1)
			if (err == nil) != (wantErr == nil) || !bytes.Equal(both, want) {
				t.Errorf("convert %s, %v\nwhole   %s, %v", both, err, want, wantErr)
			}
		})
	}
}

// TestPiecesShareTheBudget: what one piece's aliases expand to is missing to the
// next.
func TestPiecesShareTheBudget(t *testing.T) {
	t.Parallel()
	one := "  k: &x " + strings.Repeat("y", 100) + "\n  l: [" + strings.Repeat("*x,", 50) + "]\n"
	src := []byte("a:\n" + one + "b:\n" + one + "c:\n" + one)
	l := testLimits
	l.MaxAliasBytes = 8 << 10
	if _, err := convert([]byte("a:\n"+one), l, 1); err != nil {
		t.Errorf("one alone: %v", err)
	}
	for _, chunk := range []int{150, len(src) + 1} {
		if _, err := convert(src, l, chunk); !errors.Is(err, ErrAliasBomb) {
			t.Errorf("pieces of %d: got %v, want %v", chunk, err, ErrAliasBomb)
		}
	}
}

// TestPiecesCountTheirDepth: a piece lies as deep as it does in the whole.
func TestPiecesCountTheirDepth(t *testing.T) {
	t.Parallel()
	src := []byte("a:\n  b:\n    c: [[[[1]]]]\nd: 1\n")
	for depth := 1; depth < 10; depth++ {
		l := testLimits
		l.MaxDepth = depth
		_, want := whole(src, l)
		if _, leans := inPieces(src, l); leans != (want != nil) {
			t.Errorf("depth %d: pieces fail: %v, whole: %v", depth, leans, want)
		}
	}
}

// TestCorpusInPieces reads every YAML document of the corpus both ways.
func TestCorpusInPieces(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("DATA")
	if dir == "" {
		t.Skip("DATA is not set: give the folder that holds specs/ to compare on real documents")
	}
	files, err := filepath.Glob(filepath.Join(dir, "specs", "*.yaml.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents in %s: %v", dir, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		src, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		want, err := whole(src, testLimits)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1 << 10, chunkBytes} {
			w := writer{limits: testLimits}
			if err := w.chunks(src, size); err != nil {
				t.Logf("%s, %d: read as a whole: %v", filepath.Base(name), size, err)
				continue
			}
			if !bytes.Equal(w.out, want) {
				t.Errorf("%s, pieces of %d: not the same", filepath.Base(name), size)
			}
		}
	}
}

// FuzzPieces: read in pieces a document gives what it gives as a whole, or is
// left to that.
func FuzzPieces(f *testing.F) {
	for _, src := range []string{
		"a: 1\nb:\n  c: |\n    d: 1\n  e: [f,\n    g]\nh: 2\n", "a: &x 1\nb: *x\n", "a: \"b\nc: d\"\n", "a:\n- b: 1\n- c\nd: 'e\n\n  f'\n",
		"---\na: >-\n\n x\n  y\n\n z\nb: |+\n\n\nc:", "\"a\": 1\n'b': 2\nc:d: e: f\n", "a: # x\n  b\n#c\nd: !!str\n", "  a: 1\n  b: 2\n c: 3\n",
	} {
		f.Add([]byte(src))
	}
	l := Limits{MaxDepth: 100, MaxBytes: 1 << 20, MaxAliasBytes: 1 << 20}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<13 {
			return
		}
		got, leans := inPieces(src, l)
		if leans {
			return
		}
		want, err := whole(src, l)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("pieces %q\nwhole  %q, %v", got, want, err)
		}
	})
}
