package call

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/mask"
	"github.com/apiq/apiq/shared/id"
)

const (
	// inlineBody is the largest body that stays in the journal entry; a larger one
	// goes to the blob store, and its beginning stays.
	inlineBody = 64 << 10
	cutBody    = 16 << 10
	// maxHeaders and maxHeaderValue bound what is kept of a message's header.
	maxHeaders     = 64
	maxHeaderValue = 1 << 10
	maxURLShown    = 4 << 10
)

// Message is a masked, bounded record of a request or an answer.
type Message struct {
	// Method and URL are a request's, Status is an answer's.
	Method  string            `json:"method,omitempty"`
	URL     string            `json:"url,omitempty"`
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	// Body is the masked body: its JSON, or a JSON string of its text; of a longer
	// one the beginning, as text. It is base64 where Base64 says so.
	Body   json.RawMessage `json:"body,omitempty"`
	Base64 bool            `json:"base64,omitempty"`
	// Bytes is the length of the whole masked body.
	Bytes int `json:"bytes"`
	// Cut says that Body is only the beginning; Blob names the object that holds
	// all of it, where it is kept.
	Cut  bool   `json:"cut,omitempty"`
	Blob string `json:"blob,omitempty"`
	// Problems are where an answer differs from its schema; Checked is false where
	// the document says nothing of it.
	Problems []apierr.Problem `json:"problems,omitempty"`
	Checked  bool             `json:"checked,omitempty"`
}

func requestMessage(m *mask.Masker, req *http.Request) (Message, []byte) {
	msg := Message{Method: req.Method, URL: cutText(m.URL(req.URL), maxURLShown), Headers: cutHeaders(m.Header(req.Header))}
	if req.GetBody == nil {
		return msg, nil
	}
	r, err := req.GetBody()
	if err != nil {
		return msg, nil
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		return msg, nil
	}
	return msg, m.Body(req.Header.Get("Content-Type"), body)
}

func answerMessage(m *mask.Masker, x *exchange) (Message, []byte) {
	msg := Message{Status: x.status, Headers: cutHeaders(m.Header(x.header))}
	return msg, m.Body(x.header.Get("Content-Type"), x.body)
}

// setBody puts a masked body into a record. It returns the bytes that belong in
// the blob store, nil where the record holds them all.
func (msg *Message) setBody(body []byte) (spill []byte) {
	msg.Bytes = len(body)
	if len(body) == 0 {
		return nil
	}
	shown := body
	if len(body) > inlineBody {
		shown, spill, msg.Cut = body[:cutBody], body, true
	}
	trimmed := bytes.TrimSpace(shown)
	switch {
	case !msg.Cut && len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed) && utf8.Valid(trimmed):
		msg.Body = json.RawMessage(trimmed)
	case textual(shown):
		msg.Body = quoteJSON(string(bytes.ToValidUTF8(shown, nil)))
	default:
		msg.Base64 = true
		msg.Body = quoteJSON(base64.StdEncoding.EncodeToString(shown))
	}
	return spill
}

// textual allows for a character that the cut went through.
func textual(b []byte) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		return false
	}
	for range utf8.UTFMax {
		if utf8.Valid(b) {
			return true
		}
		if len(b) == 0 {
			return false
		}
		b = b[:len(b)-1]
	}
	return false
}

func cutHeaders(h map[string]string) map[string]string {
	for name, value := range h {
		h[name] = cutText(value, maxHeaderValue)
		if len(h) > maxHeaders && name != "content-type" {
			delete(h, name)
		}
	}
	return h
}

// cutText shortens a text to at most n bytes and says so.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// blobName places an object of a run's journal. Names may hold little but
// letters and digits, so the path is hashed.
func blobName(execution, path, nonce, what string) string {
	sum := sha256.Sum256([]byte(path))
	run := execution
	if !id.Is(execution, id.Execution) {
		named := sha256.Sum256([]byte(execution))
		run = "run-" + hex.EncodeToString(named[:16])
	}
	return fmt.Sprintf("executions/%s/%s/%s-%s", run, hex.EncodeToString(sum[:12]), nonce, what)
}

// Attempt is one request of a step, as the run's view shows it.
type Attempt struct {
	// N counts a step's attempts from 1 over all invocations; Page counts the
	// pages of a paginated step.
	N    int `json:"n"`
	Page int `json:"page,omitempty"`
	// Nonce names this attempt's objects and finds it again when it ends.
	Nonce     string    `json:"nonce"`
	StartedAt time.Time `json:"startedAt"`
	// EndedAt is zero while the request is under way, or when what sent it died.
	EndedAt   time.Time `json:"endedAt,omitzero"`
	LatencyMs int64     `json:"latencyMs,omitempty"`
	Request   *Message  `json:"request,omitempty"`
	Response  *Message  `json:"response,omitempty"`
	Error     *Failure  `json:"error,omitempty"`
	Effect    Effect    `json:"effect,omitempty"`
	// Interrupted says that whoever sent the request never learnt its end.
	Interrupted bool `json:"interrupted,omitempty"`
	// Reconcile says that it asked what became of the attempts before it.
	Reconcile bool `json:"reconcile,omitempty"`
}
