package sign

import (
	"crypto/hmac"
	"crypto/md5"  // #nosec G501 -- some APIs want the body's MD5; nothing of ours rests on it
	"crypto/sha1" // #nosec G505 -- HMAC-SHA1 is what some APIs verify
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/http/httpguts"

	"github.com/apiq/apiq/shared/secret"
)

// ErrSecret: the secret is not written as the scheme says.
var ErrSecret = errors.New("sign: the secret is not in the encoding that the scheme names")

// ErrValue: what would be sent cannot stand in a header.
var ErrValue = errors.New("sign: the signature's header would hold a line break or control character")

// Key makes a scheme's key of its secret. Error: ErrSecret.
func (s Scheme) Key(from secret.Secret) ([]byte, error) {
	text := strings.TrimSpace(from.Reveal())
	var key []byte
	var err error
	switch s.SecretEncoding {
	case "hex":
		key, err = hex.DecodeString(text)
	case "base64":
		plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
		key, err = base64.RawStdEncoding.DecodeString(plain)
	default:
		return []byte(from.Reveal()), nil
	}
	if err != nil || len(key) == 0 {
		return nil, ErrSecret // the cause could quote it
	}
	return key, nil
}

// Sign adds the signature, and what goes with it. The headers that it covers must be
// there, and nothing of what it covers may change behind it. Errors: ErrSecret, ErrValue.
func (s Scheme) Sign(req *http.Request, from secret.Secret, now time.Time) error {
	key, err := s.Key(from)
	if err != nil {
		return err
	}
	body, err := bodyOf(req)
	if err != nil {
		return err
	}
	known := map[string]string{"timestamp": s.Timestamp.at(now), "nonce": s.Nonce.make(now), "bodyHash": s.BodyHash.of(body)}
	places := s.Places()
	for _, p := range places { // what an earlier attempt, or a link, brought along
		if p.In == "query" {
			req.URL.RawQuery = strings.Join(without(req.URL.RawQuery, p.Name), "&")
		} else {
			req.Header.Del(p.Name)
		}
	}
	if t := s.Timestamp; t != nil {
		put(req, t.In, t.Name, known["timestamp"])
	}
	if n := s.Nonce; n != nil {
		put(req, n.In, n.Name, known["nonce"])
	}
	if b := s.BodyHash; b != nil && known["bodyHash"] != "" {
		put(req, b.In, b.Name, known["bodyHash"])
	}
	h := hmac.New(digest(s.Algorithm), key)
	for _, p := range parse(s.Template) {
		switch {
		case p.text == "body" && p.isName:
			h.Write(body)
		case p.isName:
			h.Write([]byte(value(req, known, p.text)))
		default:
			h.Write([]byte(p.text))
		}
	}
	known["signature"] = encode(s.Encoding, h.Sum(nil))
	sent := known["signature"]
	if s.Format != "" {
		var out strings.Builder
		for _, p := range parse(s.Format) {
			if p.isName {
				p.text = value(req, known, p.text)
			}
			out.WriteString(p.text)
		}
		sent = out.String()
	}
	if !httpguts.ValidHeaderFieldValue(sent) {
		return ErrValue
	}
	put(req, s.In, s.Name, sent)
	return nil
}

// value is what a name stands for.
func value(req *http.Request, known map[string]string, name string) string {
	path := req.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	switch name {
	case "method":
		return req.Method
	case "path":
		return path
	case "query":
		return req.URL.RawQuery
	case "sortedQuery":
		parts := slices.DeleteFunc(strings.Split(req.URL.RawQuery, "&"), func(p string) bool { return p == "" })
		slices.SortStableFunc(parts, func(a, b string) int {
			na, _, _ := strings.Cut(a, "=")
			nb, _, _ := strings.Cut(b, "=")
			return strings.Compare(na, nb)
		})
		return strings.Join(parts, "&")
	case "target":
		return target(req, path)
	case "host":
		return host(req)
	case "url":
		return req.URL.Scheme + "://" + host(req) + target(req, path)
	}
	if header, ok := strings.CutPrefix(name, "header:"); ok {
		if strings.EqualFold(header, "host") {
			return host(req)
		}
		return req.Header.Get(header)
	}
	return known[name]
}

func target(req *http.Request, path string) string {
	if req.URL.RawQuery == "" {
		return path
	}
	return path + "?" + req.URL.RawQuery
}

func put(req *http.Request, in, name, v string) {
	switch {
	case name == "":
	case in == "query":
		req.URL.RawQuery = SetQuery(req.URL.RawQuery, name, v)
	default:
		req.Header.Set(name, v)
	}
}

func (t *Timestamp) at(now time.Time) string {
	if t == nil {
		return ""
	}
	now = now.UTC().Add(time.Duration(t.Ahead) * time.Second)
	switch t.Unit {
	case "ms":
		return strconv.FormatInt(now.UnixMilli(), 10)
	case "us":
		return strconv.FormatInt(now.UnixMicro(), 10)
	case "iso":
		return now.Format("2006-01-02T15:04:05.000Z")
	case "compact":
		return now.Format("20060102T150405Z")
	case "http":
		return now.Format(http.TimeFormat)
	}
	return strconv.FormatInt(now.Unix(), 10)
}

func (n *Nonce) make(now time.Time) string {
	if n == nil {
		return ""
	}
	switch n.Kind {
	case "number":
		return strconv.FormatInt(now.UnixMicro(), 10)
	case "hex":
		u := uuid.New()
		return hex.EncodeToString(u[:])
	}
	return uuid.NewString()
}

func (b *BodyHash) of(body []byte) string {
	if b == nil || b.SkipEmpty && len(body) == 0 {
		return ""
	}
	h := digest(b.Algorithm)()
	h.Write(body)
	return encode(b.Encoding, h.Sum(nil))
}

func digest(name string) func() hash.Hash {
	switch name {
	case "sha512":
		return sha512.New
	case "sha1":
		return sha1.New
	case "md5":
		return md5.New
	}
	return sha256.New
}

func encode(how string, raw []byte) string {
	switch how {
	case "HEX":
		return fmt.Sprintf("%X", raw)
	case "base64":
		return base64.StdEncoding.EncodeToString(raw)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}
