package call

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/mask"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
)

// target is one operation of one connection, ready to be called.
type target struct {
	conn connection.Connection
	cred connection.Credential
	doc  *spec.Document
	op   *spec.Operation
	mask *mask.Masker
	base string
	now  func() time.Time
	// via are the clients that its requests leave by; nil for those that all share.
	via *senders
}

// open loads what a call needs. specHash "" means the connection's present one.
func (s *Service) open(ctx context.Context, connectionID, operation, specHash string) (*target, error) {
	conn, err := s.connections.Get(ctx, connectionID)
	if err != nil {
		return nil, err
	}
	if specHash == "" {
		if specHash = conn.SpecHash; specHash == "" {
			return nil, apierr.New(apierr.Conflict, "The document of this connection has not been imported yet.")
		}
	}
	t := &target{conn: conn, base: conn.BaseURL, now: s.opts.Now}
	if operation == "" {
		t.doc, err = s.documents.Open(ctx, specHash)
	} else {
		t.doc, t.op, err = s.documents.Operation(ctx, specHash, operation)
	}
	if err != nil {
		return nil, err
	}
	if t.op != nil {
		t.base = baseFor(conn, t.doc, t.op)
	}
	if conn.AuthType != connection.AuthNone || conn.Certificate != nil {
		if t.cred, err = s.connections.Credential(ctx, connectionID); err != nil {
			return nil, err
		}
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	if t.via, err = s.certified.of(workspace, connectionID, t.cred); err != nil {
		return nil, err
	}
	t.mask = maskerOf(t.cred)
	return t, nil
}

// baseFor is the connection's base URL, unless the operation has a server of its
// own (uploads, say) and the connection uses the document's: a base URL that a
// person chose holds for everything.
func baseFor(conn connection.Connection, doc *spec.Document, op *spec.Operation) string {
	servers := doc.Info().Servers
	if len(op.Servers) == 0 || len(servers) == 0 || op.Servers[0].URL == servers[0].URL {
		return conn.BaseURL
	}
	if fillServer(servers[0], conn.Variables) != strings.TrimRight(conn.BaseURL, "/") {
		return conn.BaseURL
	}
	own := fillServer(op.Servers[0], conn.Variables)
	if u, err := url.Parse(own); err != nil || u.Host == "" || !bound(u, conn.Origins) {
		return conn.BaseURL
	}
	return own
}

func fillServer(s spec.Server, values map[string]string) string {
	out := s.URL
	for name, v := range s.Variables {
		value, ok := values[name]
		if !ok {
			value = v.Default
		}
		out = strings.ReplaceAll(out, "{"+name+"}", value)
	}
	return strings.TrimRight(out, "/")
}

// build makes the authorised request. at, where not nil, is asked for instead of
// the URL that the parameters make: a link to the next page.
func (t *target) build(ctx context.Context, in request.Input, key string, at *url.URL) (*http.Request, error) {
	in.Operation, in.BaseURL, in.Provided = t.op, t.base, places(t.cred)
	in = t.bindKey(in, key)
	req, err := request.Build(ctx, in)
	if err != nil {
		return nil, err
	}
	if at != nil {
		req.URL, req.Host = at, at.Host
	}
	t.setKey(req, key)
	if err := authorise(req, t.cred, t.now()); err != nil {
		return nil, err
	}
	return req, nil
}

// maxChecked is about how many values of an answer are compared.
const maxChecked = 200_000

// checked compares an answer with what the document says of it. What cannot be
// followed is told among the problems as unchecked.
func (t *target) checked(status int, contentType string, c content) (problems []apierr.Problem, checked bool) {
	a := spec.Answer{Status: status, ContentType: contentType, Empty: !c.isJSON && string(c.value) == "null"}
	var text string
	if c.isJSON {
		a.JSON = c.value
	} else if json.Unmarshal(c.value, &text) == nil && text != "" {
		a.Text = []byte(text)
	}
	if bytes.Count(c.value, []byte{','}) > maxChecked {
		return []apierr.Problem{{Code: "unchecked", Message: "The answer has more values than are compared with the document: it is unchecked."}}, false
	}
	v := t.doc.CheckAnswer(t.op, a)
	const most = 20 // an answer of a thousand rows repeats the same fault
	problems = v.Problems[:min(len(v.Problems), most)]
	if !v.Checked && v.Why == spec.WhyUnchecked {
		problems = append(problems, apierr.Problem{Code: "unchecked", Message: v.Why})
	}
	if c.lie != "" && !slices.ContainsFunc(problems, func(p apierr.Problem) bool { return p.Code == "content_type" }) {
		problems = append([]apierr.Problem{{Path: "/headers/content-type", Code: "content_type", Message: c.lie}}, problems...)
	}
	for i := range problems { // a message may quote the answer
		problems[i].Path = cutText(t.mask.Display(problems[i].Path), 500)
		problems[i].Message = cutText(t.mask.Display(problems[i].Message), 500)
	}
	return problems, v.Checked
}
