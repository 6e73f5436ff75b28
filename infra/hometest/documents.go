package hometest

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
)

//go:embed testdata
var files embed.FS

// ShopDocument describes a Shop, in JSON; echoDocument an echo, in YAML.
func ShopDocument() string { return read("shop.json") }

func echoDocument() string { return read("echo.yaml") }

// read reads an embedded file: that it is there is known when this is compiled.
func read(name string) string {
	raw, err := files.ReadFile("testdata/" + name)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// large is a document of operations without number and at least size bytes.
func large(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"openapi":"3.1.0","info":{"title":"Large","version":"7"},"servers":[{"url":"/"}],"paths":{`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/thing%d/{id}":{"get":{"operationId":"getThing%d","summary":"Read thing number %d","description":%q,"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"it","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"string"}}}}}}}}}`,
			i, i, i, strings.Repeat("long ", 300))
	}
	b.WriteString("}}")
	return b.Bytes()
}
