package sign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/secret"
)

// AWS signs as AWS's services, and stores that speak as S3 does, want it: Signature
// Version 4 in the header ("AWS Signature Version 4 for API requests", IAM User Guide).
type AWS struct {
	AccessKeyID     string
	SecretAccessKey secret.Secret
	// SessionToken goes with temporary keys.
	SessionToken secret.Secret
	Region       string // "eu-central-1"
	Service      string // "execute-api", "s3"
}

const awsAlgorithm = "AWS4-HMAC-SHA256"

// AWSHeaders are those that a signature sets, and the parameters that documents of
// AWS's services declare for it.
var AWSHeaders = []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256",
	"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders"}

// Fault is what is wrong with a part of a scheme: the field, by its names from the
// outside in, and a sentence.
type Fault struct {
	Path    []string
	Code    string
	Message string
}

var scopePart = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// Check tells what is wrong with the key.
func (a AWS) Check() []Fault {
	var out []Fault
	add := func(path, code, message string) { out = append(out, Fault{[]string{path}, code, message}) }
	if id := a.AccessKeyID; id == "" || len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == ',' }) {
		add("accessKeyId", "format", "Give the access key's id, such as AKIA…: up to 128 plain characters.")
	}
	switch key := a.SecretAccessKey.Reveal(); {
	case key == "":
		add("secretAccessKey", "required", "Give the secret access key.")
	case len(key) > 1024:
		add("secretAccessKey", "too_long", "A secret access key has at most 1024 bytes.")
	}
	if token := a.SessionToken.Reveal(); len(token) > 8<<10 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		add("sessionToken", "format", "A session token has no spaces or line breaks, and at most 8 KiB.")
	}
	if !scopePart.MatchString(a.Region) {
		add("region", "format", "Give the region in small letters, such as eu-central-1.")
	}
	if !scopePart.MatchString(a.Service) {
		add("service", "format", "Give the service's name in signatures, in small letters, such as execute-api or s3.")
	}
	return out
}

// Sign adds the signature. Nothing of what it covers may change behind it.
func (a AWS) Sign(req *http.Request, now time.Time) error {
	body, err := bodyOf(req)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	stamp := now.UTC().Format("20060102T150405Z")
	day := stamp[:8]
	for _, name := range AWSHeaders {
		req.Header.Del(name)
	}
	req.Header.Set("X-Amz-Date", stamp)
	if !a.SessionToken.IsZero() {
		req.Header.Set("X-Amz-Security-Token", a.SessionToken.Reveal())
	}
	if a.wantsDigest() {
		req.Header.Set("X-Amz-Content-Sha256", digest)
	}
	query, err := awsQuery(req.URL.RawQuery)
	if err != nil {
		return err
	}
	req.URL.RawQuery = query // "+" for a space is not what AWS reads
	names, headers := awsHeaders(req)
	canonical := strings.Join([]string{req.Method, a.path(req.URL), query, headers, names, digest}, "\n")
	scope := strings.Join([]string{day, a.Region, a.Service, "aws4_request"}, "/")
	whole := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{awsAlgorithm, stamp, scope, hex.EncodeToString(whole[:])}, "\n")
	key := []byte("AWS4" + a.SecretAccessKey.Reveal())
	for _, part := range []string{day, a.Region, a.Service, "aws4_request"} {
		key = mac(key, part)
	}
	req.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%x",
		awsAlgorithm, a.AccessKeyID, scope, names, mac(key, text)))
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// isS3: S3 takes paths as they are, where other services normalise them and escape
// them a second time.
func (a AWS) isS3() bool {
	return a.Service == "s3" || strings.HasPrefix(a.Service, "s3-") || a.Service == "s3express"
}

// wantsDigest says whether the body's hash has to be in a header of its own.
func (a AWS) wantsDigest() bool { return a.isS3() || a.Service == "aoss" }

func (a AWS) path(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if a.isS3() {
		return path
	}
	return awsEscape(normalised(path), true)
}

// normalised removes empty and dot segments (RFC 3986, 5.2.4).
func normalised(path string) string {
	var kept []string
	segments := strings.Split(path, "/")
	for _, s := range segments {
		switch s {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, s)
		}
	}
	out := "/" + strings.Join(kept, "/")
	if last := segments[len(segments)-1]; len(kept) > 0 && (last == "" || last == "." || last == "..") {
		out += "/"
	}
	return out
}

// awsEscape leaves the unreserved characters of RFC 3986, and slashes where it is told to.
func awsEscape(s string, slashes bool) string {
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/' && slashes:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

func awsQuery(raw string) (string, error) {
	type pair struct{ name, value string }
	var all []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		plainName, err := url.QueryUnescape(name)
		if err != nil {
			return "", fmt.Errorf("sign: the query cannot be read: %w", err)
		}
		plainValue, err := url.QueryUnescape(value)
		if err != nil {
			return "", fmt.Errorf("sign: the query cannot be read: %w", err)
		}
		all = append(all, pair{awsEscape(plainName, false), awsEscape(plainValue, false)})
	}
	slices.SortFunc(all, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	parts := make([]string, len(all))
	for i, p := range all {
		parts[i] = p.name + "=" + p.value
	}
	return strings.Join(parts, "&"), nil
}

// unsigned are headers that are set, or changed, on the way.
var unsigned = []string{"Authorization", "User-Agent", "Accept-Encoding", "Connection", "Expect", "Transfer-Encoding", "X-Amzn-Trace-Id"}

// awsHeaders gives the names of the signed headers, and the headers in canonical form.
func awsHeaders(req *http.Request) (names, canonical string) {
	lines := map[string]string{"host": host(req)}
	for name, values := range req.Header {
		if slices.Contains(unsigned, name) {
			continue
		}
		trimmed := make([]string, len(values))
		for i, v := range values {
			trimmed[i] = squeezed(v)
		}
		lines[strings.ToLower(name)] = strings.Join(trimmed, ",")
	}
	sorted := make([]string, 0, len(lines))
	for name := range lines {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	var out strings.Builder
	for _, name := range sorted {
		out.WriteString(name + ":" + lines[name] + "\n")
	}
	return strings.Join(sorted, ";"), out.String()
}

// squeezed makes one space of several. Other white space stays: AWS's servers, and its
// own signers, leave it.
func squeezed(v string) string {
	v = strings.TrimSpace(v)
	for strings.Contains(v, "  ") {
		v = strings.ReplaceAll(v, "  ", " ")
	}
	return v
}

// host is the Host header as it is sent: without the scheme's own port.
func host(req *http.Request) string {
	h := req.Host
	if h == "" {
		h = req.URL.Host
	}
	switch {
	case req.URL.Scheme == "https":
		h = strings.TrimSuffix(h, ":443")
	case req.URL.Scheme == "http":
		h = strings.TrimSuffix(h, ":80")
	}
	return h
}
