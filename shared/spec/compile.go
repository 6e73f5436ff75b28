package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxCompiled is how many schemas make a generation of compiled ones. What they
	// refer to is shared, so that most cost little.
	maxCompiled = 512
	// maxVisits bounds how many schema objects one validation may try; alternatives
	// that refer to one another make it exponential. An answer of 10,000 records of
	// 20 fields takes 200,000.
	maxVisits = 400_000
)

// validator compiles and runs a document's schemas, for each direction that makes
// a difference.
type validator struct {
	mu  sync.Mutex
	doc *Document
	by  [directions]*compiler
	// apart tells the directions that make a difference in this document.
	apart [directions]bool
}

func newValidator(d *Document) *validator {
	v := &validator{doc: d}
	v.apart[Sent] = d.head.ReadOnly
	v.apart[Answered] = d.head.WriteOnly
	return v
}

// run validates, trying at most limit schema objects, and tells how many it took.
// checked is false when the schema does not compile or the run takes too long.
func (v *validator) run(dir Direction, schema []byte, instance any, limit int) (err error, checked bool, took int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.apart[dir] {
		dir = AnyWay
	}
	c := v.by[dir]
	if c == nil {
		c = &compiler{doc: v.doc, direction: dir}
		c.reset()
		v.by[dir] = c
	}
	defer func() {
		if recover() != nil { // out of visits, or the library's own fault on a hostile schema
			err, checked, took = nil, false, limit-c.left
		}
	}()
	c.left = 0
	s := c.get(schema)
	if s == nil {
		return nil, false, 0
	}
	c.left = limit
	err = s.Validate(instance)
	return err, true, limit - c.left
}

// compiler compiles for one direction. Each component is rewritten and compiled
// once, when something first refers to it: most schemas of a large API reach
// hundreds of the same components. It does one thing at a time.
//
// The library cannot forget one schema of those that share components. So there
// are two generations: when one is full the one before goes, and what was used
// meanwhile stays.
type compiler struct {
	doc       *Document
	direction Direction
	library   *jsonschema.Compiler
	compiled  map[[32]byte]*jsonschema.Schema // nil: does not compile
	before    map[[32]byte]*jsonschema.Schema // the generation before
	refs      []string                        // by the number in their address
	address   map[string]string               // reference → address
	edges     map[string][]edge               // see expander
	left      int                             // visits that the present run may still make
}

func (v *compiler) reset() {
	v.before, v.compiled = v.compiled, map[[32]byte]*jsonschema.Schema{}
	v.refs, v.address, v.edges = nil, map[string]string{}, map[string][]edge{}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(v)
	c.UseRegexpEngine(looseRegexp)
	c.RegisterVocabulary(&jsonschema.Vocabulary{
		URL:     "mem:///visits",
		Compile: func(*jsonschema.CompilerContext, map[string]any) (jsonschema.SchemaExt, error) { return visits{v}, nil },
	})
	c.AssertVocabs()
	assertFormats(c)
	v.library = c
}

func (v *compiler) get(schema []byte) *jsonschema.Schema {
	key := sha256.Sum256(schema)
	if s, ok := v.compiled[key]; ok {
		return s
	}
	if s, ok := v.before[key]; ok {
		v.compiled[key] = s
		return s
	}
	if len(v.compiled) >= maxCompiled {
		v.reset()
	}
	s, err := v.compile(fmt.Sprintf("mem:///root/%x", key), schema)
	if err != nil {
		s = nil
	}
	v.compiled[key] = s
	return s
}

func (v *compiler) compile(url string, schema []byte) (s *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("spec: compile schema: %v", p)
		}
	}()
	if ref, ok := refOf(schema); ok {
		if _, err := v.doc.Resolve(ref); err != nil {
			return nil, err // it leads nowhere, so that nothing is known of the value
		}
	}
	doc, err := v.rewrite(url, schema)
	if err != nil {
		return nil, err
	}
	if err := v.library.AddResource(url, doc); err != nil {
		return nil, err
	}
	if s, err = v.library.Compile(url); err != nil {
		return nil, err
	}
	if cyclic(v.edges, url) {
		return nil, ErrSchemaCycle
	}
	return s, nil
}

func (v *compiler) rewrite(ref string, schema []byte) (any, error) {
	x := &expander{link: v.link, current: ref, edges: v.edges}
	if v.direction != AnyWay {
		x.absent = func(name string, schemas ...[]byte) bool { return v.doc.absent(v.direction, name, schemas...) }
	}
	out, err := x.schema(nil, schema, 0)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(out))
}

// link gives a reference an address that Load knows again.
func (v *compiler) link(ref string) string {
	address, ok := v.address[ref]
	if !ok {
		address = "mem:///ref/" + itoa(len(v.refs))
		v.address[ref] = address
		v.refs = append(v.refs, ref)
	}
	return address
}

// Load implements jsonschema.URLLoader: it gives what a reference leads to, and
// nothing from outside the document. One that leads nowhere allows anything.
func (v *compiler) Load(url string) (any, error) {
	var n int
	if _, err := fmt.Sscanf(url, "mem:///ref/%d", &n); err != nil || n < 0 || n >= len(v.refs) {
		return nil, errors.New("spec: schemas are not loaded from elsewhere")
	}
	target, err := v.doc.Resolve(v.refs[n])
	if err != nil {
		target = json.RawMessage("true")
	}
	return v.rewrite(v.refs[n], target)
}

// visits counts the schema objects tried. The library calls it for each, and can
// only be stopped by a panic.
type visits struct{ *compiler }

// Validate implements jsonschema.SchemaExt.
func (v visits) Validate(*jsonschema.ValidatorContext, any) {
	if v.left--; v.left < 0 {
		panic("spec: validation takes too long")
	}
}

// looseRegexp lets a pattern that Go cannot read (ECMA-262 has look-around) match
// anything: one such pattern must not leave a whole schema unchecked.
func looseRegexp(pattern string) (jsonschema.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return anything(pattern), nil
	}
	return re, nil
}

type anything string

func (anything) MatchString(string) bool { return true }
func (a anything) String() string        { return string(a) }
