package call

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"golang.org/x/net/html/charset"

	"github.com/apiq/apiq/shared/spec"
)

var (
	errBodyTooLarge = errors.New("call: body too large")
	errBadBody      = errors.New("call: body cannot be read")
)

// maxCodings bounds a Content-Encoding list: each layer multiplies.
const maxCodings = 2

// readBody reads a body of at most limit bytes, both as it came and unpacked.
// What it read before an error is returned too. It asks enter before it reads
// what is large.
func readBody(resp *http.Response, limit int64, enter func() error) ([]byte, error) {
	r, err := unpack(&capped{r: resp.Body, left: limit}, resp.Header.Values("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(&gate{Reader: &capped{r: r, left: limit}, free: largeBody, enter: enter})
	return body, err
}

// unpack undoes the content codings, the last applied first (RFC 9110, section
// 8.4). An empty body is empty whatever its header says.
func unpack(r io.Reader, fields []string) (io.Reader, error) {
	var codings []string
	for c := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c != "" && c != "identity" {
			codings = append(codings, c)
		}
	}
	if len(codings) == 0 {
		return r, nil
	}
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%w: %d content codings", errBadBody, len(codings))
	}
	first := make([]byte, 1)
	n, err := io.ReadFull(r, first)
	if err == io.EOF {
		return bytes.NewReader(nil), nil
	}
	if err != nil {
		return nil, err
	}
	r = io.MultiReader(bytes.NewReader(first[:n]), r)
	for i := len(codings) - 1; i >= 0; i-- {
		switch codings[i] {
		case "gzip", "x-gzip":
			if r, err = gzip.NewReader(r); err != nil {
				return nil, badBody(err)
			}
		case "br":
			r = brotli.NewReader(r)
		case "deflate":
			if r, err = zlib.NewReader(r); err != nil {
				return nil, badBody(err)
			}
		default:
			return nil, fmt.Errorf("%w: content coding %.20q", errBadBody, codings[i])
		}
		r = unpacked{r}
	}
	return r, nil
}

// unpacked marks a decoder's own complaints, but not those of what it reads from.
type unpacked struct{ r io.Reader }

func (u unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	return n, badBody(err)
}

// badBody marks what only a decoder says; errors of the connection pass.
func badBody(err error) error {
	if err == nil || err == io.EOF || errors.Is(err, errBodyTooLarge) || errors.Is(err, errBadBody) || isTransport(err) {
		return err
	}
	return fmt.Errorf("%w: %w", errBadBody, err)
}

// capped gives errBodyTooLarge after left bytes.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if int64(n) > c.left {
		n, err = int(c.left), errBodyTooLarge
	}
	c.left -= int64(n)
	return n, err
}

// content is a decoded body.
type content struct {
	// value is the body as JSON: the document itself, a string for text, and
	// {"$file": {type, base64}} for anything else, which a later step's body takes
	// as it is. null for an empty one.
	value json.RawMessage
	// isJSON says that the body was JSON.
	isJSON bool
	// lie is a sentence where the declared type is not what came.
	lie string
}

// decode reads a body by its declared type, and by its looks where that lies:
// JSON labelled as text or HTML is common, and so is HTML labelled as JSON.
func decode(contentType string, body []byte) content {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		return content{value: json.RawMessage("null")}
	}
	declared := spec.IsJSON(contentType)
	// A stream of one item is one too, lest a step's value depend on how many came.
	if !spec.IsSequence(contentType) && looksJSON(trimmed, declared) && json.Valid(trimmed) {
		c := content{value: bytes.ToValidUTF8(trimmed, []byte("\uFFFD")), isJSON: true}
		if !declared && contentType != "" && !strings.HasPrefix(contentType, "text/") {
			c.lie = "The answer is JSON but says it is " + shortType(contentType) + "."
		}
		return c
	}
	c := content{}
	if declared {
		c.lie = "The answer says it is JSON but is not."
	}
	if text, ok := asText(contentType, body); ok {
		c.value = quoteJSON(text)
		return c
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = "application/octet-stream"
	}
	c.value = json.RawMessage(`{"$file":{"type":` + string(quoteJSON(mediaType)) + `,"base64":"` + base64.StdEncoding.EncodeToString(body) + `"}}`)
	return c
}

// looksJSON: a bare word or number is JSON only where the type says so; "true" as
// text/plain is a text.
func looksJSON(trimmed []byte, declared bool) bool {
	return declared || trimmed[0] == '{' || trimmed[0] == '['
}

func asText(contentType string, body []byte) (string, bool) {
	if bytes.IndexByte(body, 0) >= 0 {
		return "", false
	}
	if utf8.Valid(body) {
		return string(body), true
	}
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["charset"] == "" && !strings.HasPrefix(mediaType, "text/") {
		return "", false
	}
	label := params["charset"]
	if label == "" {
		label = "windows-1252" // what text without a charset means in practice (WHATWG Encoding)
	}
	r, err := charset.NewReaderLabel(label, bytes.NewReader(body))
	if err != nil {
		return "", false
	}
	text, err := io.ReadAll(r)
	return strings.ToValidUTF8(string(text), "\uFFFD"), err == nil
}

func quoteJSON(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil { // a string always encodes
		return json.RawMessage(`""`)
	}
	return raw
}

func shortType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	if len(t) > 60 {
		t = t[:60]
	}
	return strings.ToValidUTF8(t, "")
}
