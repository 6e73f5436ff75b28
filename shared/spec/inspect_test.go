package spec

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	if _, err := zw.Write([]byte(orders)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{[]byte(orders), packed.Bytes()} {
		line := Inspect(context.Background(), "orders.yaml", raw, nil)
		if line.File != "orders.yaml" || line.Format != "yaml" || line.Version != "3.1.0" || line.Operations != 3 || len(line.Errors) != 0 {
			t.Errorf("got %+v", line)
		}
		if line.PeakMB <= 0 {
			t.Errorf("no memory measured: %+v", line)
		}
	}
	line := Inspect(context.Background(), "x", []byte("<html>"), nil)
	if len(line.Errors) != 1 || line.Errors[0].Code != "html" || line.Operations != 0 {
		t.Errorf("a web page: got %+v", line)
	}
	line = Inspect(context.Background(), "x", append([]byte{0x1f, 0x8b}, "junk"...), nil)
	if len(line.Errors) != 1 || line.Errors[0].Code != "gzip" {
		t.Errorf("bad gzip: got %+v", line)
	}
	line = Inspect(context.Background(), "x", packed.Bytes(), &ParseOptions{MaxBytes: 100})
	if len(line.Errors) != 1 || line.Errors[0].Code != "too_large" {
		t.Errorf("gzip beyond the limit: got %+v", line)
	}
	var paths strings.Builder
	for i := range 200 {
		paths.WriteString(`"/` + itoa(i) + `":{"get":{}},`)
	}
	line = Inspect(context.Background(), "x", []byte(`{"openapi":"3.0.3","paths":{`+paths.String()+`"/b":{}}}`), nil)
	if len(line.Warnings) != maxInspectWarnings+1 {
		t.Errorf("warnings: got %d, want %d", len(line.Warnings), maxInspectWarnings+1)
	}
	text, err := json.Marshal(line)
	if err != nil || bytes.ContainsRune(text, '\n') || bytes.Contains(text, []byte("null")) {
		t.Errorf("the line: %.200s, %v", text, err)
	}
}
