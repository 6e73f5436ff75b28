package spec

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
	"github.com/apiq/apiq/shared/spec/internal/yamljson"
)

// ParseOptions bound what Parse accepts.
type ParseOptions struct {
	// MaxBytes is the largest document, as given and as JSON. Defaults to 64 MiB.
	MaxBytes int64
	// MaxDepth is how deep objects and arrays may nest. Defaults to 10,000, the limit
	// of encoding/json, for JSON, and to 1,000 for YAML, whose reader recurses.
	MaxDepth int
}

func (o *ParseOptions) maxBytes() int64 {
	if o == nil || o.MaxBytes <= 0 {
		return 64 << 20
	}
	return o.MaxBytes
}

// Parse reads a document of any supported dialect. It keeps raw, which the
// caller must not change afterwards. Errors are SPEC_INVALID, with problems whose
// codes are named where they are made, and SPEC_TOO_LARGE.
func Parse(ctx context.Context, raw []byte, opts *ParseOptions) (*Document, error) {
	format, text, faults, err := toJSON(raw, opts)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d := &Document{json: bytes.TrimLeft(text, " \t\r\n")}
	d.info.Format = format
	sum := sha256.Sum256(raw)
	d.info.Hash = "sha256:" + hex.EncodeToString(sum[:])
	d.info.Bytes = int64(len(raw))
	err = scan(ctx, d, faults)
	if len(faults) > 0 && ctx.Err() == nil && (err != nil || d.Len() == 0) {
		// What was left out was the main thing.
		return nil, notJSON(&faults[0].SyntaxError)
	}
	if err != nil {
		return nil, err
	}
	return d.ready(), nil
}

// toJSON gives a document's text as valid JSON, and the format that it had; faults
// are what was mended on the way.
func toJSON(raw []byte, opts *ParseOptions) (format string, text []byte, faults []rawjson.Fault, err error) {
	o := ParseOptions{}
	if opts != nil {
		o = *opts
	}
	o.MaxBytes = opts.maxBytes()
	if int64(len(raw)) > o.MaxBytes {
		return "", nil, nil, tooLarge(o.MaxBytes)
	}
	if format, text, err = sniff(raw); err != nil {
		return "", nil, nil, err
	}
	if format == formatYAML {
		text, err = fromYAML(text, o)
	} else {
		text, faults, err = checkJSON(text, o)
	}
	return format, text, faults, err
}

// maxFaults is how many faults of syntax a document may have and still be mended:
// with more it is not JSON.
const maxFaults = 32

func checkJSON(text []byte, o ParseOptions) ([]byte, []rawjson.Fault, error) {
	depth := o.MaxDepth
	if depth <= 0 {
		depth = 10_000
	}
	mended, faults, err := rawjson.Mend(text, depth, maxFaults)
	var syntax *rawjson.SyntaxError
	switch {
	case err == nil:
		return mended, faults, nil
	case errors.As(err, &syntax):
		return nil, nil, notJSON(syntax)
	}
	return nil, nil, tooDeep(depth)
}

func fromYAML(text []byte, o ParseOptions) ([]byte, error) {
	out, err := yamljson.Convert(text, &yamljson.Limits{MaxDepth: o.MaxDepth, MaxBytes: int(o.MaxBytes)})
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, yamljson.ErrTooDeep):
		return nil, tooDeep(o.MaxDepth)
	case errors.Is(err, yamljson.ErrTooLarge):
		return nil, tooLarge(o.MaxBytes)
	case errors.Is(err, yamljson.ErrAliasBomb):
		return nil, invalid("alias_bomb", "The YAML aliases of the document expand beyond all measure.")
	case errors.Is(err, yamljson.ErrEmpty):
		return nil, invalid("empty", "The document is empty.")
	}
	return nil, invalid("yaml_syntax", "The document is not valid YAML: "+rawjson.Cut(err.Error(), 300)+".")
}

func notJSON(fault *rawjson.SyntaxError) error {
	return invalid("json_syntax", "The document is not valid JSON: "+fault.Error()+".")
}

// invalid is a refusal of the whole document.
func invalid(code, message string) error {
	return apierr.New(apierr.SpecInvalid, message).With(apierr.Problem{Path: "", Code: code, Message: message})
}

func tooDeep(limit int) error {
	if limit <= 0 {
		return invalid("too_deep", "The document is nested too deep.")
	}
	return invalid("too_deep", fmt.Sprintf("The document is nested deeper than %d levels.", limit))
}

func tooLarge(limit int64) error {
	message := fmt.Sprintf("The document is larger than %d MiB.", max(limit>>20, 1))
	return apierr.New(apierr.SpecTooLarge, message).With(apierr.Problem{Code: "too_large", Message: message})
}

const (
	formatJSON = "json"
	formatYAML = "yaml"
)

// sniff tells JSON from YAML by the first character, strips a byte order mark,
// and refuses by name what people send by mistake: empty, gzip, utf16, binary, html, xml.
func sniff(raw []byte) (format string, text []byte, err error) {
	text = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.HasPrefix(text, []byte{0x1f, 0x8b}):
		return "", nil, invalid("gzip", "The document is still compressed with gzip; unpack it first.")
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}), bytes.HasPrefix(text, []byte{0xff, 0xfe}),
		len(text) > 1 && (text[0] == 0) != (text[1] == 0):
		return "", nil, invalid("utf16", "The document is encoded as UTF-16; save it as UTF-8.")
	}
	head := bytes.TrimLeft(text[:min(len(text), 4096)], " \t\r\n")
	switch {
	case len(head) == 0 && len(bytes.TrimLeft(text, " \t\r\n")) == 0:
		return "", nil, invalid("empty", "The document is empty.")
	case bytes.IndexByte(head, 0) >= 0:
		return "", nil, invalid("binary", "The document is not text.")
	case len(head) > 0 && head[0] == '<':
		low := bytes.ToLower(head)
		if bytes.Contains(low, []byte("<html")) || bytes.HasPrefix(low, []byte("<!doctype html")) {
			return "", nil, invalid("html", "This is a web page, not an OpenAPI document; give the address of the JSON or YAML file itself.")
		}
		return "", nil, invalid("xml", "This is XML, not an OpenAPI document in JSON or YAML.")
	case len(head) > 0 && (head[0] == '{' || head[0] == '['):
		return formatJSON, text, nil
	}
	return formatYAML, text, nil
}
