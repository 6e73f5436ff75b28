package spec

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxSequence bounds how many items of a sequence are checked.
const maxSequence = 10_000

// sequenceOf is the schema of a sequence by that of its items (OpenAPI 3.2,
// "Media Type Object", itemSchema): it is modelled as an array.
func sequenceOf(items []byte) json.RawMessage {
	switch rawjson.Kind(items) {
	case '{', 't', 'f':
		return append(member([]byte(`{"type":"array"`), "items", items), '}')
	}
	return nil
}

// IsSequence tells the media types that hold one item after another (OpenAPI 3.2,
// "Sequential Media Types").
func IsSequence(mediaType string) bool {
	switch bareMedia(mediaType) {
	case "application/jsonl", "application/x-jsonl", "application/jsonlines", "application/x-ndjson", "application/ndjson",
		"application/json-seq", "text/event-stream":
		return true
	}
	return strings.HasSuffix(bareMedia(mediaType), "+json-seq")
}

// readSequence gives a sequence as the array that it is modelled as: lines of JSON,
// records of RFC 7464, or events with their fields (HTML, "Server-sent events"). ok
// is false where an item is no JSON.
func readSequence(mediaType string, text []byte) (list json.RawMessage, ok bool) {
	if bareMedia(mediaType) == "text/event-stream" {
		return readEvents(text), true
	}
	list = json.RawMessage{'['}
	n := 0
	for item := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' || r == '\x1e' }) {
		if item = bytes.TrimSpace(item); len(item) == 0 {
			continue
		}
		if n++; n > maxSequence {
			break
		}
		if !json.Valid(item) {
			return nil, false
		}
		if n > 1 {
			list = append(list, ',')
		}
		list = append(list, item...)
	}
	return append(list, ']'), true
}

// readEvents reads server-sent events as objects of data, event, id and retry.
func readEvents(text []byte) json.RawMessage {
	list := json.RawMessage{'['}
	n := 0
	fields := map[string]string{}
	dispatch := func() {
		data, there := fields["data"]
		if !there || n >= maxSequence { // without data it is none
			clear(fields)
			return
		}
		if n++; n > 1 {
			list = append(list, ',')
		}
		event := member([]byte{'{'}, "data", rawjson.Quote(nil, data))
		for _, name := range []string{"event", "id"} {
			if v, there := fields[name]; there {
				event = member(event, name, rawjson.Quote(nil, v))
			}
		}
		if v, there := fields["retry"]; there && rawjson.IsNumber(v) {
			event = member(event, "retry", []byte(v))
		}
		list = append(append(list, event...), '}')
		clear(fields)
	}
	plain := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
	for line := range strings.SplitSeq(plain, "\n") {
		if line == "" {
			dispatch()
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		if before, there := fields[name]; there && name == "data" {
			value = before + "\n" + value
		}
		fields[name] = value
	}
	return append(list, ']')
}
