package hometest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// scarce is the burst of routes that are asked seldom, such as those of sign-ins.
const scarce = 20

// testBodies: every route that takes a body refuses what is not one, by its path.
func testBodies(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	ids := foreign(t, p)
	valid := requests(ids["apis"])
	for _, row := range route.Table() {
		if row.Body == 0 || row.ID == "auth-register" || row.ID == "auth-login" { // these two: below
			continue
		}
		body, ok := valid[row.ID].(Obj)
		if !ok {
			continue // takes none
		}
		if row.ID == "hooks" || row.Access == route.Provisioning {
			continue // takes any body whose signature fits; SCIM leaves out unknown names, see testSCIM
		}
		t.Run(row.ID, func(t *testing.T) {
			p := p.With(t)
			if row.Rate.Burst <= scarce { // too few for all of it
				p.Refused(apierr.ValidationFailed, row.Method, filled(row, ids), `{"`)
				p.Refused(apierr.ValidationFailed, row.Method, filled(row, ids), `{"zzz":1}`)
				return
			}
			checkBody(t, h, p, row, filled(row, ids), body)
		})
	}
	for _, id := range []string{"auth-register", "auth-login"} {
		row, _ := route.ByID(id)
		p.Refused(apierr.ValidationFailed, "POST", row.Path, `{"email":`)
		p.Refused(apierr.ValidationFailed, "POST", row.Path, `{"email":"x@example.com","email":"y@example.com","password":"correct horse battery"}`, "/email")
		p.Refused(apierr.ValidationFailed, "POST", row.Path, `{"Email":"x@example.com","password":"correct horse battery"}`, "/Email")
	}
}

func checkBody(t *testing.T, h *house, p Person, row route.Route, path string, body Obj) {
	t.Helper()
	send := func(raw string, paths ...string) {
		t.Helper()
		p.Refused(apierr.ValidationFailed, row.Method, path, raw, paths...)
	}
	for _, raw := range []string{`{"`, `{]`, `nonsense`, "\x00", "{\"a\":\"\xff\"}", `{} {}`, `[]`, `null`, `"text"`, `1`, "{\"a\":NaN}", strings.Repeat(`{"a":`, 5000)} {
		send(raw)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	with := func(more string) string {
		inner := strings.TrimSuffix(strings.TrimPrefix(string(encoded), "{"), "}")
		if inner == "" {
			return "{" + more + "}"
		}
		return "{" + inner + "," + more + "}"
	}
	send(with(`"zzz":1`), "/zzz")
	for name := range body {
		value, err := json.Marshal(body[name])
		if err != nil {
			t.Fatal(err)
		}
		send(with(fmt.Sprintf("%q:%s", name, value)), "/"+name)
		send(with(fmt.Sprintf("%q:%s", strings.ToUpper(name), value)), "/"+strings.ToUpper(name))
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense;;", "application/yaml"} {
		a := p.Send(row.Method, path, body, "Content-Type", media)
		p.Expect(a, apierr.ValidationFailed, row.ID+" as "+media, "header.Content-Type")
	}
	if row.Body <= largeBody || !h.lacks(t, OwnRefusals) {
		p.Expect(p.Send(row.Method, path, hugeBody(row.Body), "Expect", "100-continue"), apierr.PayloadTooLarge, row.ID+" too large")
	} else if a := p.plain(p.request(row.Method, path, hugeBody(row.Body), "Expect", "100-continue")); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%s too large: %d", row.ID, a.Status)
	}
	if row.Body <= smallBody && !h.lacks(t, Unsized) {
		p.Expect(p.stream(row.Method, path, row.Body+1), apierr.PayloadTooLarge, row.ID+" streamed")
	}
}

// Sizes of bodies: what every home takes, and the limit of routes that need little.
const largeBody, smallBody = 4 << 20, 64 << 10

// hugeBody is one byte too long. It is never sent: Expect asks first.
func hugeBody(limit int64) io.Reader { return io.LimitReader(zero{}, limit+1) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// stream sends a body without saying how long it is.
func (p Person) stream(method, path string, n int64) Answer {
	p.t.Helper()
	req := p.request(method, path, io.MultiReader(strings.NewReader("{"), io.LimitReader(zero{}, n)))
	req.ContentLength = -1
	return p.do(req, method+" "+path)
}
