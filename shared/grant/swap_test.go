package grant_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/grant"
)

// desk gives tokens for whatever it is sent, and remembers that.
type desk struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	answer func(n int, w http.ResponseWriter)
}

func newDesk(t testing.TB, answer func(n int, w http.ResponseWriter)) *desk {
	t.Helper()
	d := &desk{answer: answer}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		d.asked = append(d.asked, r.Method+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("Authorization")+r.Header.Get("X-Key")+" "+string(body))
		n := len(d.asked)
		answer := d.answer
		d.mu.Unlock()
		answer(n, w)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *desk) count() int { d.mu.Lock(); defer d.mu.Unlock(); return len(d.asked) }

// gives answers with tokens that can be told apart, of an hour's life.
func gives(n int, w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"data":{"token":"t0ken/%d-canary","ttl":3600}}`, n)
}

// exchange makes a TOKEN_EXCHANGE connection at a desk.
func (h *home) exchange(t testing.TB, ctx context.Context, d *desk, request object) connection.Connection {
	t.Helper()
	con, err := h.tryExchange(t, ctx, d, request)
	check(t, err)
	h.cons.UseTokens(connection.AuthTokenExchange, h.Service)
	return con
}

func (h *home) tryExchange(t testing.TB, ctx context.Context, d *desk, request object) (connection.Connection, error) {
	t.Helper()
	r := object{"url": d.URL + "/login", "body": object{"user": "{{user}}", "password": "{{pass}}"}}
	for name, v := range request {
		if r[name] = v; v == nil {
			delete(r, name)
		}
	}
	raw, err := json.Marshal(object{"request": r, "token": "/data/token", "expiresIn": "/data/ttl", "use": object{"in": "header", "name": "X-Auth", "prefix": "Token "},
		"values": object{"user": `a"d&a<é`, "pass": `p4ss\-canary`}})
	check(t, err)
	var c connection.AuthConfig
	check(t, json.Unmarshal(raw, &c))
	return h.cons.Create(ctx, connection.CreateInput{Name: "API", SpecDocument: doc, AuthType: connection.AuthTokenExchange, AuthConfig: c})
}

func TestTokenIsExchangedKeptAndRenewed(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, grant.Options{}), in(t, "wsp_a")
	d := newDesk(t, gives)
	c := h.exchange(t, ctx, d, nil)
	if c.Status != connection.StatusActive || c.Auth.Exchange == nil || c.Auth.Exchange.URL != d.URL+"/login" || c.Auth.Exchange.Use.Prefix != "Token " {
		t.Errorf("%s %+v", c.Status, c.Auth.Exchange)
	}
	if !strings.Contains(strings.Join(c.Risk.Reasons, " "), strings.TrimPrefix(d.URL, "http://")) {
		t.Errorf("the review does not say where the values go: %v", c.Risk.Reasons)
	}
	token := func(want string, asked int) connection.Credential {
		t.Helper()
		cred, err := h.cons.Credential(ctx, c.ID)
		check(t, err)
		if cred.Value.Reveal() != "Token "+want || cred.In != "header" || cred.Name != "X-Auth" || len(cred.Origins) != 1 || cred.Origins[0] != "https://api.example.com" {
			t.Errorf("%s %s %s %v", cred.In, cred.Name, cred.Value.Reveal(), cred.Origins)
		}
		if n := d.count(); n != asked {
			t.Errorf("asked %d times, want %d", n, asked)
		}
		return cred
	}
	token("t0ken/1-canary", 1)
	token("t0ken/1-canary", 1)
	if d.asked[0] != `POST application/json  {"password":"p4ss\\-canary","user":"a\"d&a<é"}` {
		t.Error(d.asked[0])
	}
	h.clock.Pass(56 * time.Minute) // ahead of its end
	token("t0ken/2-canary", 2)
	h.clock.Pass(5 * time.Minute)
	cred := token("t0ken/2-canary", 2)
	got, err := h.cons.Renew(ctx, c.ID, cred) // the API took it no more
	check(t, err)
	if got.Value.Reveal() != "Token t0ken/3-canary" {
		t.Error(got.Value.Reveal())
	}
	if a := h.get(t, ctx, c.ID).Account; a == nil || a.Provider != strings.TrimPrefix(d.URL, "http://") || a.ExpiresAt.IsZero() || !a.Renews {
		t.Errorf("%+v", a)
	}
	if all := h.everything(t); bytes.Contains(all, []byte("-canary")) {
		t.Error("a value or token stands in the clear")
	}
	if _, err := h.Start(ctx, c.ID); apierr.CodeOf(err) != apierr.Conflict {
		t.Error(err)
	}
}

// TestValuesCannotLeaveTheirPlace: whatever a value holds, it stays what it stands for.
func TestValuesCannotLeaveTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request object
		want    string
	}{
		"a form":       {object{"headers": object{"Content-Type": "application/x-www-form-urlencoded"}, "body": object{"u": "{{user}}", "p": "x{{pass}}"}}, "POST application/x-www-form-urlencoded  p=xp4ss%5C-canary&u=a%22d%26a%3C%C3%A9"},
		"a form, text": {object{"headers": object{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, "body": "u={{user}}&scope=all"}, "POST application/x-www-form-urlencoded; charset=utf-8  u=a%22d%26a%3C%C3%A9&scope=all"},
		"JSON, text":   {object{"body": `{"a":["{{pass}}",1.50]}`}, `POST application/json  {"a":["p4ss\\-canary",1.50]}`},
		"XML":          {object{"headers": object{"content-type": "text/xml"}, "body": "<u>{{user}}</u>"}, "POST text/xml  <u>a&quot;d&amp;a&lt;é</u>"},
		"basic":        {object{"method": "GET", "body": nil, "headers": object{"Authorization": "Basic {{base64:user:pass}}"}}, `GET  Basic YSJkJmE8w6k6cDRzc1wtY2FuYXJ5 `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, grant.Options{}), in(t, "wsp_a")
			d := newDesk(t, gives)
			con := h.exchange(t, ctx, d, c.request)
			_, err := h.cons.Credential(ctx, con.ID)
			check(t, err)
			if d.asked[0] != c.want {
				t.Errorf("got  %s\nwant %s", d.asked[0], c.want)
			}
		})
	}
}

func TestExchangeIsRefused(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, grant.Options{}), in(t, "wsp_a")
	d := newDesk(t, gives)
	for name, c := range map[string]struct {
		request object
		path    string
	}{
		"unknown value":    {object{"body": object{"a": "{{other}}"}}, "/authConfig/request/body"},
		"unknown field":    {object{"uri": "x"}, "/authConfig/request"},
		"plain http":       {object{"url": "http://login.example.com/x"}, "/authConfig/request/url"},
		"internal address": {object{"url": "https://169.254.169.254/x"}, "/authConfig/request/url"},
		"user information": {object{"url": "https://a:b@login.example.com/x"}, "/authConfig/request/url"},
		"method":           {object{"method": "DELETE"}, "/authConfig/request/method"},
		"a body in a GET":  {object{"method": "GET"}, "/authConfig/request/body"},
		"not JSON":         {object{"body": "a=b"}, "/authConfig/request/body"},
		"host header":      {object{"headers": object{"Host": "x"}}, "/authConfig/request/headers/Host"},
		"odd content type": {object{"headers": object{"Content-Type": "image/png"}}, "/authConfig/request/body"},
	} {
		_, err := h.tryExchange(t, ctx, d, c.request)
		e := wantCode(t, err, apierr.ValidationFailed)
		if len(e.Problems) == 0 || e.Problems[0].Path != c.path {
			t.Errorf("%s: %v", name, e.Problems)
		}
		if strings.Contains(fmt.Sprint(e.Problems, err), "canary") {
			t.Errorf("%s tells a value", name)
		}
	}
}

// TestHostileAnswers: none is taken for a token, none is quoted, and none makes us knock
// again and again.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	says := func(status int, kind, body string) func(int, http.ResponseWriter) {
		return func(_ int, w http.ResponseWriter) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "https://169.254.169.254/")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		answer func(int, http.ResponseWriter)
		code   apierr.Code
		most   int
	}{
		"a page":              {says(200, "text/html", "<html>h0stile</html>"), apierr.CredentialsInvalid, 1},
		"no token":            {says(200, "application/json", `{"data":{"tok":"h0stile"}}`), apierr.CredentialsInvalid, 1},
		"a token that breaks": {says(200, "application/json", `{"data":{"token":"a\r\nX-Admin: h0stile"}}`), apierr.CredentialsInvalid, 1},
		"a token of objects":  {says(200, "application/json", `{"data":{"token":{"h0stile":1}}}`), apierr.CredentialsInvalid, 1},
		"a huge token":        {says(200, "application/json", `{"data":{"token":"`+strings.Repeat("h0stile", 4000)+`"}}`), apierr.CredentialsInvalid, 1},
		"a huge answer":       {says(200, "application/json", `{"data":{"token":"h0stile","x":"`+strings.Repeat("x", 2<<20)+`"}}`), apierr.CredentialsInvalid, 1},
		"a deep answer":       {says(200, "application/json", strings.Repeat(`{"data":`, 20000)+"1"+strings.Repeat("}", 20000)), apierr.CredentialsInvalid, 1},
		"a cut answer":        {says(200, "application/json", `{"data":{"token":"h0stile"`), apierr.CredentialsInvalid, 1},
		"a refusal":           {says(401, "application/json", `{"error":"h0stile"}`), apierr.CredentialsInvalid, 1},
		"sent elsewhere":      {says(302, "text/plain", ""), apierr.CredentialsInvalid, 1},
		"a failure":           {says(500, "text/plain", "h0stile"), apierr.UpstreamError, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, grant.Options{}), in(t, "wsp_a")
			d := newDesk(t, c.answer)
			con := h.exchange(t, ctx, d, nil)
			for range 5 { // within the time that it is left alone
				_, err := h.cons.Credential(ctx, con.ID)
				e := wantCode(t, err, c.code)
				if strings.Contains(e.Detail, "h0stile") {
					t.Errorf("it quotes the answer: %s", e.Detail)
				}
			}
			if d.count() > c.most {
				t.Errorf("asked %d times", d.count())
			}
			if bytes.Contains(h.everything(t), []byte("h0stile")) {
				t.Error("the answer is kept")
			}
			// It gives tokens again: what was wrong is forgotten in time.
			d.mu.Lock()
			d.answer = gives
			d.mu.Unlock()
			h.clock.Pass(2 * time.Minute)
			if _, err := h.cons.Credential(ctx, con.ID); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestExchangeRace: of all who want the token at a time, in two processes, one asks.
func TestExchangeRace(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, grant.Options{Sleep: func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}), in(t, "wsp_a")
	d := newDesk(t, gives)
	con := h.exchange(t, ctx, d, nil)
	both := []*grant.Service{h.Service, h.process()}
	for round := 1; round <= 5; round++ {
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				c, err := both[i%2].Token(ctx, con, 0)
				if err != nil || c.Serial != int64(round) {
					t.Errorf("%v %d", err, c.Serial)
				}
			})
		}
		wg.Wait()
		if d.count() != round {
			t.Fatalf("round %d: asked %d times", round, d.count())
		}
		h.clock.Pass(2 * time.Hour)
	}
}

func TestLifeAsItIsWritten(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for said, want := range map[string]time.Duration{
		`60`: time.Minute, `"60"`: time.Minute, `60.5`: time.Minute, `"2026-03-01T13:00:00Z"`: time.Hour, `"2026-03-01T11:00:00Z"`: 0,
		fmt.Sprint(now.Add(time.Hour).Unix()): time.Hour, fmt.Sprint(now.Add(time.Hour).UnixMilli()): time.Hour, fmt.Sprint(now.Add(-time.Hour).Unix()): 0,
		`null`: 0, `-5`: 0, `"soon"`: 0, `1e300`: 0, `{}`: 0,
	} {
		h, ctx := newHome(t, grant.Options{}), in(t, "wsp_a")
		d := newDesk(t, func(_ int, w http.ResponseWriter) { fmt.Fprintf(w, `{"data":{"token":"t","ttl":%s}}`, said) })
		con := h.exchange(t, ctx, d, nil)
		got, err := h.Token(ctx, con, 0)
		check(t, err)
		life := time.Duration(0)
		if !got.ExpiresAt.IsZero() {
			life = got.ExpiresAt.Sub(h.clock.Now())
		}
		if said != `1e300` && life.Truncate(time.Second) != want.Truncate(time.Second) || life > 10*366*24*time.Hour {
			t.Errorf("%s: %s, want %s", said, life, want)
		}
	}
}
