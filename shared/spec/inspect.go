package spec

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"runtime/debug"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxInspectWarnings keeps an inspection to a line that can be read.
const maxInspectWarnings = 100

// InspectLine is one line of `apiq spec inspect`: what an import makes of a
// document, and what it costs.
type InspectLine struct {
	File       string `json:"file"`
	Format     string `json:"format"`     // json or yaml; "" when it could not be read
	Version    string `json:"version"`    // of the specification: "3.0.3"
	Operations int    `json:"operations"` // 0 when there are errors
	// Webhooks are operations that the API calls, not offers; they are none of ours.
	Webhooks int `json:"webhooks,omitempty"`
	// Warnings are at most 100; the last one then says how many more there are.
	Warnings []Warning `json:"warnings"`
	// Errors are why the document is refused; empty when it is not.
	Errors []Warning `json:"errors"`
	CPUMs  int64     `json:"cpuMs"`  // user and system time of the process meanwhile
	PeakMB float64   `json:"peakMB"` // peak resident memory of the process meanwhile, in MiB
}

// Inspect imports a document as `apiq spec inspect` does, gzip unpacked, and
// never fails: what went wrong is in Errors. The costs are the process's, so that
// nothing else should run in it.
func Inspect(ctx context.Context, name string, raw []byte, opts *ParseOptions) InspectLine {
	line := InspectLine{File: name, Warnings: []Warning{}, Errors: []Warning{}}
	debug.FreeOSMemory()
	m := startMeter()
	d, err := inspect(ctx, raw, opts)
	line.CPUMs, line.PeakMB = m.stop()
	if err != nil {
		line.Errors = asWarnings(err)
		return line
	}
	info := d.Info()
	line.Format, line.Version, line.Operations = info.Format, info.SpecVersion, d.Len()
	line.Webhooks = d.webhooks()
	var w warnings
	for i, one := range d.Warnings() {
		if i < maxInspectWarnings {
			w.list = append(w.list, one)
		} else {
			w.more++
		}
	}
	if len(w.list) > 0 {
		line.Warnings = w.all()
	}
	return line
}

// webhooks counts the operations under "webhooks", each by its method.
func (d *Document) webhooks() (n int) {
	for _, item := range rawjson.Members(rawjson.Get(d.JSON(), "webhooks")) {
		for key := range rawjson.Members(d.follow(item)) {
			if isMethod(string(key)) {
				n++
			}
		}
	}
	return n
}

func inspect(ctx context.Context, raw []byte, opts *ParseOptions) (*Document, error) {
	raw, err := Unpack(raw, opts.maxBytes())
	if err != nil {
		return nil, err
	}
	return Parse(ctx, raw, opts)
}

// Unpack unpacks a gzip file, at most one byte more than limit; anything else is
// returned as it is.
func Unpack(raw []byte, limit int64) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		zr, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, invalid("gzip", "The file is not valid gzip.")
		}
		var out bytes.Buffer
		// The last four bytes hold the size modulo 2^32 (RFC 1952, 2.3.1); good for a
		// buffer of the right size, not for trust.
		if n := len(raw); n > 8 {
			size := int64(raw[n-4]) | int64(raw[n-3])<<8 | int64(raw[n-2])<<16 | int64(raw[n-1])<<24
			out.Grow(int(min(size, limit, int64(n)*32)) + bytes.MinRead)
		}
		if _, err := io.Copy(&out, io.LimitReader(zr, limit+1)); err != nil {
			return nil, invalid("gzip", "The file is not valid gzip.")
		}
		raw = out.Bytes()
	}
	return raw, nil
}

// asWarnings lists an error's problems, or the error itself when it has none.
func asWarnings(err error) []Warning {
	e := apierr.From(err)
	var list []Warning
	for _, p := range e.Problems {
		list = append(list, Warning{Path: p.Path, Code: p.Code, Message: p.Message})
	}
	if len(list) == 0 {
		list = append(list, Warning{Code: string(e.Code), Message: e.Detail})
	}
	return list
}
