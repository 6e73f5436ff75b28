package sink

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

const (
	maxURL = 2048
	// secretLen is how many random bytes a signing secret has (Standard Webhooks: 24 to 64).
	secretLen = 32
	maxAnswer = 4 << 10
)

// webhook judges an address and makes the secret that its deliveries are signed with.
func (s *Service) webhook(in Input) (host string, to address, err error) {
	u, err := s.outside("/url", in.URL.Reveal(), "https://siem.example.com/apiq")
	if err != nil {
		return "", address{}, err
	}
	raw := make([]byte, secretLen)
	rand.Read(raw) // never fails (crypto/rand)
	return u.Host, address{URL: u.String(), Secret: "whsec_" + base64.StdEncoding.EncodeToString(raw)}, nil
}

// outside judges an address that a person gave.
func (s *Service) outside(path, given, example string) (*url.URL, error) {
	if given == "" || len(given) > maxURL {
		return nil, wrong(path, "required", fmt.Sprintf("Give the address to send records to, of at most %d bytes.", maxURL))
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" || strings.ContainsAny(given, " \t\r\n") {
		return nil, wrong(path, "invalid", "Give an address such as "+example+", without a user, a password or a fragment.")
	}
	if err := s.guard.CheckURL(u); err != nil {
		return nil, apierr.Wrap(apierr.EgressBlocked, "Records cannot be sent to this address.", err).With(apierr.Problem{Path: path, Code: "blocked", Message: "This address is not allowed."})
	}
	return u, nil
}

// post makes one delivery and says why it was none. Nothing of the answer but its
// status is kept: it is the receiver's text.
func (s *Service) post(ctx context.Context, sinkID string, to address, body []byte) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return "its address cannot be read"
	}
	sum := sha256.Sum256(append([]byte(sinkID+"\n"), body...))
	sign(req, "msg_"+hex.EncodeToString(sum[:16]), s.o.Now(), to.Secret, body)
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("User-Agent", "apiq-audit/1")
	res, err := s.client.Do(req)
	if err != nil {
		if apierr.CodeOf(err) == apierr.EgressBlocked {
			return "the address leads to where nothing may be sent"
		}
		return "the receiver cannot be reached"
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return "the receiver answered " + strconv.Itoa(res.StatusCode)
	}
	return ""
}

// sign puts the headers of Standard Webhooks on a request.
func sign(req *http.Request, messageID string, now time.Time, key string, body []byte) {
	at := strconv.FormatInt(now.Unix(), 10)
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whsec_")) // we made it
	mac := hmac.New(sha256.New, raw)
	fmt.Fprintf(mac, "%s.%s.", messageID, at) // a hash never fails
	mac.Write(body)
	req.Header.Set("webhook-id", messageID)
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
