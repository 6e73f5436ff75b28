package hometest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// Obj is a JSON object.
type Obj = map[string]any

// Person is somebody signed in, or nobody.
type Person struct {
	Token     string
	Workspace string
	ID        string
	Email     string

	t      testing.TB
	home   Home
	client *http.Client
}

// password is everybody's: what is tested is not their choice.
const password = "correct horse battery"

// Nobody is not signed in.
func Nobody(t testing.TB, home Home) Person {
	t.Helper()
	return Person{t: t, home: home, client: newClient(t)}
}

// Register makes an account with a workspace of its own. The e-mail is made from
// the name, and nobody else's.
func Register(t testing.TB, home Home, name string) Person {
	t.Helper()
	return Nobody(t, home).join(name, "")
}

// Invite lets a person join the workspace with a role.
func (p Person) Invite(name string, role route.Role) Person {
	p.t.Helper()
	var inv struct{ Token string }
	email := newEmail(name)
	p.Must(http.StatusCreated, "POST", "/api/users/invite", Obj{"email": email, "role": role}).Into(p.t, &inv)
	return Nobody(p.t, p.home).joinAs(name, email, inv.Token)
}

func newEmail(name string) string {
	return name + "-" + strings.ToLower(rand.Text()[:12]) + "@example.com"
}

func (p Person) join(name, invite string) Person {
	p.t.Helper()
	return p.joinAs(name, newEmail(name), invite)
}

func (p Person) joinAs(name, email, invite string) Person {
	p.t.Helper()
	p.Email = email
	body := Obj{"email": email, "name": name, "password": password}
	if invite != "" {
		body["invite"] = invite
	}
	var got session
	p.patiently("POST", "/api/auth/register", body).Into(p.t, &got)
	p.Token, p.Workspace, p.ID = got.Token, got.Workspace.ID, got.User.ID
	return p
}

// session is the answer to a sign-in.
type session struct {
	User      struct{ ID, Email, Name, Role string }
	Workspace struct{ ID, Name string }
	Token     string
	ExpiresAt time.Time
}

// patiently makes something, and where too many do so at once, waits as it is told.
func (p Person) patiently(method, path string, body any) Answer {
	p.t.Helper()
	for end := time.Now().Add(patience(p.home)); ; {
		a := p.Send(method, path, body)
		if a.Status == http.StatusTooManyRequests && time.Now().Before(end) {
			p.pause(a.retryAfter(p.t))
			continue
		}
		if a.Status != http.StatusCreated {
			p.t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Raw)
		}
		return a
	}
}

// retryAfter is what the header says, which a refusal for a time never lacks.
func (a Answer) retryAfter(t testing.TB) time.Duration {
	t.Helper()
	n, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || n < 1 {
		t.Fatalf("%d with Retry-After %q: %s", a.Status, a.Header.Get("Retry-After"), a.Raw)
	}
	return time.Duration(n) * time.Second
}

// pause waits as long as a home has asked for.
func (p Person) pause(d time.Duration) {
	p.t.Helper()
	select {
	case <-time.After(d):
	case <-p.t.Context().Done():
		p.t.Fatal(p.t.Context().Err())
	}
}

// With is the same person in another test.
func (p Person) With(t testing.TB) Person { p.t = t; return p }

// At is the same person at another home over the same data.
func (p Person) At(home Home) Person { p.home = home; return p }

// Send sends a request and reads the answer; an answer of the API must have the
// contract's form. body is nil, a text, a reader, or what is to be JSON; header
// holds names and values in turn.
func (p Person) Send(method, path string, body any, header ...string) Answer {
	p.t.Helper()
	req := p.request(method, path, body, header...)
	return p.do(req, method+" "+path)
}

func (p Person) request(method, path string, body any, header ...string) *http.Request {
	p.t.Helper()
	var sent io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case string:
		sent = bytes.NewReader([]byte(b))
	case io.Reader:
		sent = b
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.home.URL()+path, sent)
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	if l, ok := body.(*io.LimitedReader); ok {
		req.ContentLength = l.N
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func (p Person) do(req *http.Request, what string) Answer {
	p.t.Helper()
	a := p.plain(req)
	if strings.HasPrefix(req.URL.Path, "/api/") || strings.HasPrefix(req.URL.Path, "/hooks/") {
		a.checkForm(p.t, what)
	}
	if strings.HasPrefix(req.URL.Path, "/scim/") && a.Status >= http.StatusBadRequest {
		// The protocol has no codes of ours: its status stands for the one that it comes of.
		a.Code = map[int]string{401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND"}[a.Status]
	}
	return a
}

// plain asks nothing of the answer's form.
func (p Person) plain(req *http.Request) Answer {
	p.t.Helper()
	res, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	a := Answer{Status: res.StatusCode, Header: res.Header}
	if a.Raw, err = io.ReadAll(res.Body); err != nil {
		p.t.Fatal(err)
	}
	_ = json.Unmarshal(a.Raw, &a) // not every answer is JSON; the test looks at what it expects
	return a
}

// Must sends and expects a status.
func (p Person) Must(want int, method, path string, body any, header ...string) Answer {
	p.t.Helper()
	a := p.Send(method, path, body, header...)
	if a.Status != want {
		p.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.Status, want, a.Raw)
	}
	return a
}

// Refused sends and expects a refusal: its status and code, and where paths are
// given, a problem at each.
func (p Person) Refused(want apierr.Code, method, path string, body any, paths ...string) Answer {
	p.t.Helper()
	a := p.Send(method, path, body)
	p.Expect(a, want, method+" "+path, paths...)
	return a
}

// Expect is Refused for an answer that is there.
func (p Person) Expect(a Answer, want apierr.Code, what string, paths ...string) {
	p.t.Helper()
	if a.Code != string(want) || a.Status != want.Status() {
		p.t.Errorf("%s: %d %s, want %s: %s", what, a.Status, a.Code, want, a.Raw)
		return
	}
	for _, path := range paths {
		if _, ok := a.faultAt(path); !ok {
			p.t.Errorf("%s: no problem at %s: %s", what, path, a.Raw)
		}
	}
}
