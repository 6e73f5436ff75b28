package spec

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// externalKey is the extension under which a bundle carries the documents that
// its main one refers to, by number, and why others are not there ("refused").
const externalKey = "x-apiq-external"

// BundleOptions bound what a document may bring along.
type BundleOptions struct {
	// MaxDocuments is how many other documents are read. Defaults to 64.
	MaxDocuments int
	// MaxBytes is how large they may be together, unpacked, and as JSON. Defaults to 16 MiB.
	MaxBytes int64
	// MaxDepth is over how many documents the way to another may lead. Defaults to 8.
	MaxDepth int
}

func (o *BundleOptions) setDefaults() {
	if o.MaxDocuments <= 0 {
		o.MaxDocuments = 64
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 16 << 20
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = 8
	}
}

// Fetch gives the document at an absolute URL, at most limit bytes of it. An error
// with a code of apierr is told by that code.
type Fetch func(ctx context.Context, url string, limit int64) ([]byte, error)

// External tells whether the document refers to others.
func (d *Document) External() bool { return d.head.External }

// Bundle makes of a document and of those it refers to one that is whole: the
// others lie in it under an extension, and references lead there. Relative ones
// are read against base, the document's own URL, "" where it has none. What is not
// read keeps its reference, and Parse tells why in a warning. The result is given
// to Parse anew; it is nil where the document refers to no other. The error is the
// context's, or SPEC_TOO_LARGE.
func (d *Document) Bundle(ctx context.Context, base string, fetch Fetch, opts *BundleOptions) ([]byte, error) {
	if !d.External() || rawjson.Get(d.JSON(), externalKey) != nil {
		return nil, nil
	}
	b := bundler{ctx: ctx, fetch: fetch, numbers: map[string]int{}, refused: map[string]refusedPart{}}
	if opts != nil {
		b.o = *opts
	}
	b.o.setDefaults()
	b.base, _ = url.Parse(base)
	if self, err := url.Parse(d.self()); err == nil && b.base != nil { // OpenAPI 3.2, "$self"
		b.base = b.base.ResolveReference(self)
	}
	out, err := b.document(d.JSON(), b.base, -1)
	if err != nil {
		return nil, err
	}
	parts := []byte{'{'}
	// The list grows while it is walked: what a part refers to comes after it.
	for i := 0; i < len(b.parts); i++ {
		text, err := b.read(i)
		if err != nil {
			return nil, err
		}
		if text == nil {
			continue
		}
		if parts = member(parts, strconv.Itoa(i), text); int64(len(parts)) > 2*b.o.MaxBytes {
			return nil, tooLarge(b.o.MaxBytes) // references became much longer than they were
		}
	}
	return b.close(out, parts), nil
}

// self is what the document says its own URL is, "" where it does not.
func (d *Document) self() string {
	text, _ := rawjson.String(rawjson.Get(d.JSON(), "$self"))
	return text
}

// bundler gathers a document's parts, breadth first.
type bundler struct {
	ctx   context.Context
	fetch Fetch
	o     BundleOptions
	base  *url.URL

	parts   []part
	numbers map[string]int         // of a part, by its URL
	refused map[string]refusedPart // by number, or by reference without fragment
	bytes   int64
}

// part is another document.
type part struct {
	url   *url.URL
	depth int
}

// refusedPart says why a document is not there.
type refusedPart struct {
	Code string `json:"code"`
	URL  string `json:"url"`
}

// close puts the parts into the main document.
func (b *bundler) close(main, parts []byte) []byte {
	refs := make([]string, 0, len(b.refused))
	for ref := range b.refused {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	refused := []byte{'{'}
	for _, ref := range refs {
		refused = member(refused, ref, b.refused[ref].json())
	}
	parts = append(member(parts, "refused", append(refused, '}')), '}')
	end := bytes.LastIndexByte(main, '}')
	out := slices.Clone(bytes.TrimRight(main[:end], " \t\r\n"))
	return append(member(out, externalKey, parts), '}')
}

func (r refusedPart) json() []byte {
	out := member([]byte{'{'}, "code", rawjson.Quote(nil, r.Code))
	return append(member(out, "url", rawjson.Quote(nil, r.URL)), '}')
}

// read fetches a part and gives its text as JSON, its references rewritten; nil
// where it cannot be had.
func (b *bundler) read(number int) ([]byte, error) {
	p := b.parts[number]
	where := p.url.String()
	refuse := func(code string) ([]byte, error) {
		b.refused[strconv.Itoa(number)] = refusedPart{code, where}
		return nil, nil
	}
	left := b.o.MaxBytes - b.bytes
	if left <= 0 {
		return refuse("external_too_large")
	}
	raw, err := b.fetch(b.ctx, where, left)
	if b.ctx.Err() != nil {
		return nil, b.ctx.Err()
	}
	if err != nil {
		return refuse(externalCode(err))
	}
	_, text, _, err := toJSON(raw, &ParseOptions{MaxBytes: left, MaxDepth: 1000})
	if err != nil {
		return refuse("external_invalid")
	}
	b.bytes += int64(max(len(raw), len(text)))
	return b.document(bytes.Trim(text, " \t\r\n"), p.url, p.depth)
}

// externalCode is a problem's code for what came of a fetch.
func externalCode(err error) string {
	switch apierr.CodeOf(err) {
	case apierr.EgressBlocked:
		return "external_blocked"
	case apierr.SpecTooLarge:
		return "external_too_large"
	case apierr.SpecTimeout:
		return "external_timeout"
	case apierr.ValidationFailed:
		return "external_address"
	}
	return "external_unreachable"
}

// document rewrites the references of a document that lies at base, depth
// documents from the main one, which is at -1.
func (b *bundler) document(text []byte, base *url.URL, depth int) ([]byte, error) {
	var spans []rawjson.Span // values of references
	var keys []int
	for ref := range refsIn(text) {
		if b.ctx.Err() != nil {
			return nil, b.ctx.Err()
		}
		if ref.text != "" && (depth >= 0 || isRemote(ref.text)) {
			spans, keys = append(spans, ref.value), append(keys, ref.key)
		}
	}
	out := make([]byte, 0, len(text)+16*len(spans))
	from := 0
	for i, where := range rawjson.PointersTo(text, keys) {
		if inExample(where) {
			continue
		}
		old, _ := rawjson.String(spans[i].Of(text))
		ref := b.rewrite(old, base, depth)
		out = append(out, text[from:spans[i].Start]...)
		out = rawjson.Quote(out, ref)
		from = spans[i].End
	}
	return append(out, text[from:]...), nil
}

// rewrite gives what a reference of a document becomes in the bundle.
func (b *bundler) rewrite(ref string, base *url.URL, depth int) string {
	address, fragment, _ := strings.Cut(ref, "#")
	refuse := func(as, code string) string {
		b.refused[as] = refusedPart{code, as}
		return as + "#" + fragment
	}
	if address == "" { // within this part
		return b.into(b.numbers[base.String()], fragment)
	}
	to, err := url.Parse(address)
	switch {
	case err != nil:
		return refuse(address, "external_address")
	case base == nil || base.Scheme == "":
		if !to.IsAbs() {
			return refuse(address, "external_no_base")
		}
	default:
		to = base.ResolveReference(to)
	}
	to.Fragment, to.RawFragment = "", ""
	if b.base != nil && to.String() == withoutFragment(b.base) {
		return "#" + fragment // back to the main document
	}
	n, known := b.numbers[to.String()]
	switch {
	case known:
	case depth+1 >= b.o.MaxDepth:
		return refuse(to.String(), "external_too_deep")
	case len(b.parts) >= b.o.MaxDocuments:
		return refuse(to.String(), "external_too_many")
	default:
		n = len(b.parts)
		b.numbers[to.String()] = n
		b.parts = append(b.parts, part{url: to, depth: depth + 1})
	}
	return b.into(n, fragment)
}

func withoutFragment(u *url.URL) string {
	c := *u
	c.Fragment, c.RawFragment = "", ""
	return c.String()
}

func (b *bundler) into(n int, fragment string) string {
	return "#/" + externalKey + "/" + strconv.Itoa(n) + fragment
}
