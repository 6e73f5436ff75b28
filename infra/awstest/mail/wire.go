package mail

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	netmail "net/mail"
	"regexp"
	"slices"

	"github.com/google/uuid"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

const path = "/v2/email/outbound-emails"

// Limits of SendEmail (Amazon SES API v2 Reference; Developer Guide, "Service quotas").
const (
	maxRecipients  = 50
	maxHeaderName  = 126
	maxHeaderValue = 870
	maxHeaders     = 15
)

// request is the part of SendEmail that is known. SES ignores other members; here
// they are refused, so that nothing the stand-in leaves out passes for done.
type request struct {
	FromEmailAddress     string
	Destination          struct{ ToAddresses []string }
	ConfigurationSetName string
	Content              struct {
		Simple *struct {
			Subject content
			Body    struct{ Text, Html *content }
			Headers []struct{ Name, Value string }
		}
	}
}

type content struct{ Data, Charset string }

// ServeHTTP answers SendEmail.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := s.o.Fault()
	if fault.Status != 0 {
		refuse(w, fault.Status, fault.Code, "as asked")
		return
	}
	switch {
	case sigv4.Check(r, "ses") != nil:
		refuse(w, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
		return
	case r.Method != http.MethodPost || r.URL.Path != path:
		refuse(w, http.StatusNotFound, "UnknownOperationException", "the stand-in knows SendEmail only")
		return
	}
	var in request
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, int64(2*s.o.MaxBytes)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "BadRequestException", err.Error())
		return
	}
	email, code, message := s.judge(in)
	if code != "" {
		status := http.StatusBadRequest
		if code == "NotFoundException" {
			status = http.StatusNotFound
		}
		refuse(w, status, code, message)
		return
	}
	s.keep(email)
	if fault.Lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"MessageId": uuid.NewString()}) // the client may have gone
}

// judge gives the message, or the code of the error and its words.
func (s *Server) judge(in request) (_ Email, code, message string) {
	bad := func(format string, args ...any) (Email, string, string) {
		return Email{}, "BadRequestException", fmt.Sprintf(format, args...)
	}
	from, err := netmail.ParseAddress(in.FromEmailAddress)
	to := in.Destination.ToAddresses
	simple := in.Content.Simple
	switch {
	case err != nil:
		return bad("Illegal address in FromEmailAddress")
	case !s.verified(from.Address):
		return Email{}, "MessageRejected", "Email address is not verified. The following identities failed the check: " + from.Address
	case len(to) == 0 || len(to) > maxRecipients:
		return bad("Recipient count is not 1 to %d", maxRecipients)
	case in.ConfigurationSetName != "" && !slices.Contains(s.o.ConfigurationSets, in.ConfigurationSetName):
		return Email{}, "NotFoundException", "Configuration set <" + in.ConfigurationSetName + "> does not exist."
	case simple == nil:
		return bad("the stand-in takes simple content only")
	case simple.Subject.Data == "":
		return bad("Missing subject")
	case simple.Body.Text == nil && simple.Body.Html == nil:
		return bad("Missing body")
	}
	for _, a := range to {
		if parsed, err := netmail.ParseAddress(a); err != nil || !ascii.MatchString(a) {
			return bad("Illegal address")
		} else if s.o.Sandbox && !s.verified(parsed.Address) {
			return Email{}, "MessageRejected", "Email address is not verified. The following identities failed the check: " + parsed.Address
		}
	}
	email := Email{From: in.FromEmailAddress, To: to, ConfigurationSet: in.ConfigurationSetName, Headers: map[string]string{}}
	if email.Subject, err = new(mime.WordDecoder).DecodeHeader(simple.Subject.Data); err != nil {
		return bad("Subject: %v", err)
	}
	if len(simple.Headers) > maxHeaders {
		return bad("more than %d headers", maxHeaders)
	}
	for _, h := range simple.Headers {
		if len(h.Name) > maxHeaderName || !headerName.MatchString(h.Name) || h.Value == "" || len(h.Value) > maxHeaderValue || !ascii.MatchString(h.Value) {
			return bad("Illegal header")
		}
		email.Headers[h.Name] = h.Value
	}
	all := []*content{&simple.Subject, simple.Body.Text, simple.Body.Html}
	size := 0
	for i, c := range all {
		if c == nil {
			continue
		}
		// Without a charset SES takes 7-bit ASCII only.
		if c.Charset != "UTF-8" && !ascii7.MatchString(c.Data) {
			return bad("part %d is not ASCII and names no charset", i)
		}
		size += len(c.Data)
	}
	if size > s.o.MaxBytes {
		return bad("Message length is more than %d bytes long", s.o.MaxBytes)
	}
	if text := simple.Body.Text; text != nil {
		email.Text = text.Data
	}
	if html := simple.Body.Html; html != nil {
		email.HTML = html.Data
	}
	return email, "", ""
}

var (
	headerName = regexp.MustCompile(`^[!-9;-~]+$`)
	ascii      = regexp.MustCompile(`^[ -~]*$`)
	ascii7     = regexp.MustCompile(`^[\x00-\x7f]*$`)
)

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message}) // the client may have gone
}
