package twin

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	writer "github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/twin/wire"
)

// TestCorpusRoundTrip sends a sample request of every operation of the real
// documents, in each media type that has a form, as the product writes it, and has
// the twin read it from the wire: nothing that fits may misfit on the way, and
// each of its values comes back. Then it corrupts the request in one place at a
// time, and the twin must refuse with that place.
func TestCorpusRoundTrip(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("corpus left out: DATA is not set")
	}
	files, err := filepath.Glob(filepath.Join(data, "specs", "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents under %s: %v", data, err)
	}
	var all tally
	for _, file := range files {
		doc := spectest.Open(t, file)
		tw, err := New(doc, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range doc.Summaries() {
			op, err := doc.Operation(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			all.operations++
			for _, media := range mediaTypes(op) {
				q := trip{T: t, tw: tw, op: op, media: media, name: filepath.Base(file) + " " + s.ID + " " + media, tally: &all}
				q.run()
			}
		}
	}
	t.Logf("%d documents: %d requests of %d operations: %d read without misfit, %d misfits, %d forms with a list or an object of nothing, %d of %d values read back otherwise, %d have no sample that fits, %d cannot be written, %d lead to another operation",
		len(files), all.requests, all.operations, all.fit, all.misfits, all.nothing, all.differ, all.values, all.noSample, all.unwritten, all.shadowed)
	t.Logf("%d corruptions: %d refused with the place, %d with another, %d taken", all.corrupted, all.refused, all.elsewhere, all.taken)
	if all.misfits+all.taken+all.elsewhere > 0 || all.fit == 0 || all.refused == 0 {
		t.Error("the twin does not read what the product writes")
	}
}

type tally struct {
	requests, operations, fit, misfits, nothing, values, differ, noSample, unwritten, shadowed int
	corrupted, refused, elsewhere, taken                                                       int
}

func mediaTypes(op *spec.Operation) []string {
	if op.Body == nil {
		return []string{""}
	}
	var list []string
	for _, m := range op.Body.Content {
		switch {
		case strings.Contains(m.Type, "*"):
			list = append(list, "application/json")
		case spec.IsJSON(m.Type) || isForm(m.Type):
			list = append(list, m.Type)
		}
	}
	if list == nil {
		return []string{op.Body.Content[0].Type}
	}
	return list
}

// trip is one operation in one media type.
type trip struct {
	*testing.T
	*tally
	tw    *Twin
	op    *spec.Operation
	media string
	name  string
}

// sent are the values of a request.
type sent struct {
	parameters map[string]json.RawMessage
	body       json.RawMessage
}

func (q *trip) sample() (sent, bool) {
	s := sent{parameters: map[string]json.RawMessage{}}
	for _, p := range q.op.Parameters {
		// The writer lets nobody set these, and the twin leaves them to the transport.
		if p.In == "header" && slices.Contains([]string{"accept", "content-type", "authorization", "content-encoding", "host"}, strings.ToLower(p.Name)) {
			continue
		}
		v, ok := q.tw.doc.SampleAs(spec.Sent, p.Schema, 1)
		if text, isText := v.(string); p.In == "path" && (v == nil || isText && strings.Trim(text, "./\\") == "") {
			v, ok = "x", true
		}
		if v == nil {
			v = "x"
		}
		raw, err := json.Marshal(v)
		if err != nil {
			q.Fatal(err)
		}
		if problems, _ := q.tw.doc.ValidateAs(spec.Sent, p.Schema, q.tw.doc.Spelt(p.Schema, raw)); ok && len(problems) == 0 || p.Required {
			s.parameters[p.In+"."+p.Name] = raw
		}
	}
	if q.media != "" {
		m, _ := q.op.Body.For(q.media)
		v, _ := q.tw.doc.SampleAs(spec.Sent, m.Schema, 1)
		if v == nil {
			v = map[string]any{}
		}
		raw, err := json.Marshal(v)
		if err != nil {
			q.Fatal(err)
		}
		s.body = raw
	}
	v := q.tw.doc.CheckRequest(q.op, spec.Request{Parameters: s.parameters, Body: s.body, ContentType: q.media})
	return s, len(v.Problems) == 0
}

// write makes the request and reads it from its bytes.
func (q *trip) write(op *spec.Operation, s sent) (*http.Request, error) {
	in := writer.Input{Operation: op, BaseURL: "http://twin.test", Parameters: s.parameters, Body: s.body}
	if s.body != nil {
		in.Headers = map[string]json.RawMessage{"Content-Type": marshal(q.media)}
	}
	made, err := writer.Build(q.Context(), in)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := made.Write(&out); err != nil {
		return nil, err
	}
	return http.ReadRequest(bufio.NewReader(&out))
}

func marshal(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

func (q *trip) run() {
	s, ok := q.sample()
	q.requests++
	if !ok {
		q.noSample++
		q.Logf("%s: no sample fits", q.name)
		return
	}
	r, err := q.write(q.op, s)
	if err != nil {
		if q.unwritten++; q.unwritten < 20 {
			q.Logf("%s: %v %v", q.name, err, apierr.From(err).Problems)
		}
		return
	}
	got, refused := q.tw.read(httptest.NewRecorder(), r)
	switch {
	case got.op == nil || got.op.ID != q.op.ID:
		if q.shadowed++; q.shadowed < 20 {
			q.Logf("%s: %s leads elsewhere", q.name, r.URL)
		}
		return
	case refused != nil && isForm(q.media) && holdsNothing(s.body):
		q.nothing++
		return
	case refused != nil:
		if q.misfits++; q.misfits < 60 {
			q.Errorf("%s: %s %s %s: %s", q.name, r.URL, marshal(s.parameters), s.body, refused.body)
		}
		return
	}
	q.fit++
	q.compare(s, r)
	q.corrupt(s)
}

// compare holds what was read against what was sent, both with the types that
// their texts spell.
func (q *trip) compare(s sent, r *http.Request) {
	_, bound, _ := q.tw.find(r.Method, r.URL.EscapedPath())
	in := wire.Input{Path: bound, Query: r.URL.RawQuery, Header: r.Header, ContentType: r.Header.Get("Content-Type")}
	again, err := q.write(q.op, s)
	if err != nil {
		q.Fatal(err)
	}
	if s.body != nil {
		in.Media, _ = q.op.Body.For(in.ContentType)
		if in.ContentType = again.Header.Get("Content-Type"); true {
			in.Body, _ = io.ReadAll(again.Body)
		}
	}
	values, _ := wire.Read(q.tw.doc, q.op, in)
	for _, p := range q.op.Parameters {
		key := p.In + "." + p.Name
		q.same(key, s.parameters[key], values.Parameters[key])
	}
	if s.body != nil {
		q.same("body", s.body, values.Body)
	}
}

func (q *trip) same(place string, sent, got json.RawMessage) {
	q.values++
	if a, b := onWire(sent), onWire(got); !reflect.DeepEqual(a, b) {
		if q.differ++; q.differ < 60 {
			q.Errorf("%s %s: sent %.300s, read %.300s", q.name, place, sent, got)
		}
	}
}

// onWire is a value as far as the wire tells it from others: no text from a number,
// no list of one from that one, and nothing from none.
func onWire(raw json.RawMessage) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	if raw == nil || d.Decode(&v) != nil {
		return nil
	}
	return flat(v)
}

func flat(v any) any {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		out := []any{}
		for _, item := range v {
			if item = flat(item); item != nil {
				out = append(out, item)
			}
		}
		switch len(out) {
		case 0:
			return nil
		case 1:
			return out[0]
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			if item = flat(item); item != nil {
				out[name] = item
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

// holdsNothing says whether a body has an empty list or object below it: a form
// cannot say so.
func holdsNothing(raw json.RawMessage) bool {
	var v map[string]any
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	for _, item := range v {
		if item != nil && flat(item) == nil {
			return true
		}
	}
	return false
}
