package spec

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/apiq/apiq/shared/apierr"
)

const (
	// maxCompiled is how many schema objects a direction keeps compiled: about 1 KB
	// each.
	maxCompiled = 40_000
	// maxAtOnce bounds the schema objects between references, which are compiled at
	// once: they cost the library the square.
	maxAtOnce = 10_000
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
func (v *validator) run(dir Direction, schema []byte, instance any, limit int) (took int, checked bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.apart[dir] {
		dir = AnyWay
	}
	c := v.by[dir]
	if c == nil {
		c = newCompiler(v.doc, dir)
		v.by[dir] = c
	}
	defer func() {
		if recover() != nil { // out of visits, or the library's own fault on a hostile schema
			took, checked, err = limit-c.left, false, nil
		}
	}()
	c.left = 0
	s := c.get(schema)
	if s == nil {
		return 0, false, nil
	}
	c.left = limit
	err = s.Validate(instance)
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) && goesRound(invalid) {
		return limit - c.left, false, nil
	}
	return limit - c.left, true, err
}

// compiler compiles for one direction, each schema and component by itself when a
// value first comes to it: most schemas of a large API reach hundreds of the same
// components, of which a value has few, and what the library compiles at once
// costs it the square. What was not used for long is forgotten. It does one thing
// at a time.
type compiler struct {
	doc       *Document
	direction Direction
	compiled  map[string]*list.Element // of *compiledSchema, by reference or digest
	recent    *list.List               // the one used last first
	objects   int                      // schema objects in all of them
	made      int                      // schema objects of the one being compiled
	patterns  int                      // what its patterns cost
	left      int                      // visits that the present run may still make
}

type compiledSchema struct {
	key     string
	schema  *jsonschema.Schema // nil: does not compile
	objects int
}

func newCompiler(d *Document, dir Direction) *compiler {
	return &compiler{doc: d, direction: dir, compiled: map[string]*list.Element{}, recent: list.New()}
}

// get is a schema compiled, nil when it does not.
func (c *compiler) get(schema []byte) *jsonschema.Schema {
	key := sha256.Sum256(schema)
	return c.keep(string(key[:]), func() (*jsonschema.Schema, error) {
		if ref, ok := refOf(schema); ok {
			if _, err := c.doc.Resolve(ref); err != nil {
				return nil, err // it leads nowhere, so that nothing is known of the value
			}
		}
		return c.compile(schema)
	})
}

// follow is what a reference leads to. One that leads nowhere allows anything.
func (c *compiler) follow(ref string) *jsonschema.Schema {
	return c.keep(ref, func() (*jsonschema.Schema, error) {
		target, err := c.doc.Resolve(ref)
		switch {
		case apierr.CodeOf(err) == apierr.Unavailable:
			return nil, err
		case err != nil:
			target = json.RawMessage("true")
		}
		return c.compile(target)
	})
}

func (c *compiler) keep(key string, compile func() (*jsonschema.Schema, error)) *jsonschema.Schema {
	if e, ok := c.compiled[key]; ok {
		c.recent.MoveToFront(e)
		return e.Value.(*compiledSchema).schema
	}
	c.made, c.patterns = 1, 0
	s, err := compile()
	if apierr.CodeOf(err) == apierr.Unavailable {
		return nil // the document's bytes cannot be read now; later perhaps
	}
	if err != nil {
		s = nil
	}
	c.compiled[key] = c.recent.PushFront(&compiledSchema{key: key, schema: s, objects: c.made})
	for c.objects += c.made; c.objects > maxCompiled && c.recent.Len() > 1; {
		oldest := c.recent.Remove(c.recent.Back()).(*compiledSchema)
		delete(c.compiled, oldest.key)
		c.objects -= oldest.objects
	}
	return s
}

func (c *compiler) compile(schema []byte) (s *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("spec: compile schema: %v", p)
		}
	}()
	x := &expander{link: func(ref string) string { return ref }, lazy: true, refAlone: c.doc.refAlone()}
	if c.direction != AnyWay {
		x.absent = func(schemas ...[]byte) func(string) bool { return c.doc.absent(c.direction, schemas...) }
	}
	out, err := x.schema(nil, schema, 0)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	if err != nil {
		return nil, err
	}
	library := jsonschema.NewCompiler()
	library.DefaultDraft(jsonschema.Draft2020)
	library.UseLoader(noLoader{})
	library.UseRegexpEngine(c.regexp)
	library.RegisterVocabulary(&jsonschema.Vocabulary{URL: "mem:///visits", Compile: c.visit})
	library.AssertVocabs()
	assertFormats(library)
	const url = "mem:///schema"
	if err := library.AddResource(url, doc); err != nil {
		return nil, err
	}
	return library.Compile(url)
}

// noLoader implements jsonschema.URLLoader: nothing is loaded from anywhere.
type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("spec: schemas are not loaded from elsewhere")
}

// lazyRef stands for $ref in what is compiled.
const lazyRef = "x-apiq-ref"

func (c *compiler) visit(_ *jsonschema.CompilerContext, schema map[string]any) (jsonschema.SchemaExt, error) {
	c.made++
	ref, refers := schema[lazyRef].(string)
	v := visit{compiler: c, ref: ref, refers: refers}
	set, _ := schema["enum"].([]any)
	v.values = len(set)
	for _, value := range set {
		if _, ok := value.(json.Number); ok {
			v.numbers++
		}
	}
	return v, nil
}

// valuesPerVisit is how many values of a set are compared at the cost of a visit;
// of numbers each counts as two, since they are compared exactly.
const valuesPerVisit = 64

// visit counts the schema objects tried, and follows references. The library
// calls it for each, and can only be stopped by a panic.
type visit struct {
	*compiler
	ref    string
	refers bool
	// values are those of a set that the value is compared with, and numbers how many
	// of them are.
	values, numbers int
}

// spend takes from what a run may do.
func (c *compiler) spend(n int) {
	if c.left -= n; c.left < 0 {
		panic("spec: validation takes too long")
	}
}

// Validate implements jsonschema.SchemaExt.
func (v visit) Validate(ctx *jsonschema.ValidatorContext, value any) {
	v.spend(1 + v.values/valuesPerVisit)
	if _, ok := value.(json.Number); ok {
		v.spend(2 * v.numbers)
	}
	if !v.refers {
		return
	}
	s := v.follow(v.ref)
	if s == nil {
		panic("spec: a schema on the way does not compile")
	}
	if err := ctx.Validate(s, value, nil); err != nil {
		ctx.AddErr(err)
	}
}

// goesRound tells a validation that came to a schema again with the same value: it
// would go round for ever (JSON Schema 2020-12 Core, section 9.4.1).
func goesRound(e *jsonschema.ValidationError) bool {
	if _, round := e.ErrorKind.(*kind.RefCycle); round {
		return true
	}
	return slices.ContainsFunc(e.Causes, goesRound)
}
