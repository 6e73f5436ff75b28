package hometest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testEmptyBodies: where no field is needed an empty body is as good as none, and
// where none is read one does no harm.
func testEmptyBodies(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(Obj{"steps": []any{ValueStep("v", 1)}})
	path := "/api/workflows/" + flow + "/execute"
	for _, body := range []any{nil, "", "  \r\n\t ", "{}", " {} "} {
		p.Must(202, "POST", path, body)
	}
	p.Must(202, "POST", path, nil, "Content-Type", "application/json")
	p.Must(202, "POST", path, "", "Content-Type", "text/plain")
	for _, body := range []any{nil, "", " "} {
		p.Refused(apierr.ValidationFailed, "POST", "/api/workflows", body, "")
	}
	p.Must(200, "GET", "/api/auth/me", "no body is read here", "Content-Type", "text/plain")
	p.Must(200, "DELETE", "/api/workflows/"+flow, "\x00\xff", "Content-Type", "application/octet-stream")
}

// testMedia: JSON by any of its names, and nothing packed.
func testMedia(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	body := Obj{"definition": document(Obj{"steps": []any{ValueStep("v", 1)}})}
	for _, media := range []string{"application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.apiq+json", "application/json;charset=UTF-8; x=\"a;b\""} {
		p.Must(201, "POST", "/api/workflows", body, "Content-Type", media)
	}
	p.Must(201, "POST", "/api/workflows", body, "Content-Encoding", "identity")
	for _, coding := range []string{"gzip", "br"} {
		a := p.Send("POST", "/api/workflows", body, "Content-Encoding", coding)
		p.Expect(a, apierr.ValidationFailed, coding, "header.Content-Encoding")
	}
	// What a home may carry as base64 must come out as it went in.
	for _, raw := range []string{"\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "\x1f\x8b\x08\x00", strings.Repeat("\x80", 100)} {
		p.Refused(apierr.ValidationFailed, "POST", "/api/workflows", raw)
	}
}

// testSizes: what is large but allowed is taken, kept and given back whole.
func testSizes(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	t.Run("a workflow", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		var steps []any
		for i := range 40 { // 470 KB: more than an item of the table holds, less than a document may have
			steps = append(steps, ValueStep(fmt.Sprintf("s%d", i), strings.Repeat("größer ", 1300)))
		}
		var got struct{ Definition struct{ Steps []any } }
		p.Must(200, "GET", "/api/workflows/"+p.Save(Obj{"steps": steps}), nil).Into(t, &got)
		sent, err := json.Marshal(steps)
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := json.Marshal(got.Definition.Steps); err != nil || !bytes.Equal(kept, sent) {
			t.Errorf("%d bytes were kept as %d (%v)", len(sent), len(kept), err)
		}
	})
	t.Run("a run", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		text := strings.Repeat("ß", 90<<10) // 180 KiB
		e := p.Wait(p.Run(Obj{"steps": []any{ValueStep("v", "{% $length($input.text) %}")}, "output": Obj{"n": "{% $v %}", "text": "{% $substring($input.text, 0, 30000) %}"}}, Obj{"text": text}))
		var in, out struct {
			N    int
			Text string
		}
		if err := json.Unmarshal(e.Output, &out); err != nil || e.Status != "COMPLETED" || out.N != 90<<10 || out.Text != text[:60_000] {
			t.Errorf("%s %+v: n %d, text of %d bytes (%v)", e.Status, e.Error, out.N, len(out.Text), err)
		}
		if err := json.Unmarshal(e.Input, &in); err != nil || in.Text != text {
			t.Errorf("an input of %d bytes is shown with %d (%v)", len(text), len(in.Text), err)
		}
	})
	t.Run("a nested run", func(t *testing.T) {
		t.Parallel()
		p := p.With(t)
		inner := p.Save(Obj{"name": "Inner", "steps": []any{ValueStep("v", 1)}, "output": "{% $input.text %}"})
		text := strings.Repeat("x", 100<<10)
		e := p.Wait(p.Run(Obj{"steps": []any{Obj{"id": "sub", "type": "workflow", "workflow": inner, "input": Obj{"text": "{% $input.text %}"}}}, "output": "{% $length($sub) %}"}, Obj{"text": text}))
		if e.Status != "COMPLETED" || string(e.Output) != "102400" {
			t.Errorf("%s %+v: %s letters of a nested run's 102400 arrived", e.Status, e.Error, e.Output)
		}
	})
	t.Run("a call", func(t *testing.T) {
		t.Parallel()
		h.needs(t, LargeBodies)
		p := p.With(t)
		con := p.Connect("Echo", newEcho(t))
		text := strings.Repeat("é", 300<<10)
		var got struct {
			Cut  bool
			Body struct{ Body string }
		}
		p.Must(200, "POST", "/api/apis/"+con+"/endpoints/say/try", Obj{"body": Obj{"text": text}}).Into(t, &got)
		if !strings.Contains(got.Body.Body, text) || got.Cut {
			t.Errorf("600 KiB came back as %d bytes", len(got.Body.Body))
		}
		var cut struct {
			Cut  bool
			Body string
		}
		p.Must(200, "POST", "/api/apis/"+con+"/endpoints/say/try", Obj{"body": Obj{"text": strings.Repeat(text, 6)}}).Into(t, &cut)
		if !cut.Cut || len(cut.Body) < 1<<19 {
			t.Errorf("3.6 MiB: cut %v, %d bytes", cut.Cut, len(cut.Body))
		}
	})
	t.Run("a document", func(t *testing.T) {
		t.Parallel()
		h.needs(t, LargeBodies)
		p := p.With(t)
		doc := large(largeBody - 256<<10)
		var con struct {
			ID, Status    string
			EndpointCount int
		}
		p.Must(201, "POST", "/api/apis", Obj{"name": "Pasted", "specDocument": json.RawMessage(doc), "baseUrl": NewShop(t).URL, "authType": "NONE"}).Into(t, &con)
		if con.Status != "ACTIVE" || con.EndpointCount != bytes.Count(doc, []byte(`"operationId"`)) {
			t.Errorf("%+v", con)
		}
	})
}
