package sign_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/secret"
)

var (
	suite   = sign.AWS{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret.New("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Region: "us-east-1", Service: "service"}
	suiteAt = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	s3      = sign.AWS{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: secret.New("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Region: "us-east-1", Service: "s3"}
	s3At    = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
)

func request(t testing.TB, method, url, body string, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body, req.GetBody = nil, nil
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return req
}

// TestAWSVectors: AWS's test suite for Signature Version 4, and the examples of the
// Amazon S3 API Reference, "Signature Calculations for the Authorization Header". Left
// out are those of the suite whose paths are escaped once, as no service but S3 does.
func TestAWSVectors(t *testing.T) {
	t.Parallel()
	const host = "https://example.amazonaws.com"
	with := suite
	with.SessionToken = secret.New("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")
	for _, c := range []struct {
		name, method, url, body string
		headers                 []string
		a                       sign.AWS
		signed, want            string
	}{
		{"get-vanilla", "GET", host, "", nil, suite, "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", host + "/", "", nil, suite, "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"get-relative", "GET", host + "/example/..", "", nil, suite, "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-slash", "GET", host + "//", "", nil, suite, "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", "GET", host + "/?Param2=value2&Param1=value1", "", nil, suite, "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"get-vanilla-utf8-query", "GET", host + "/?%E1%88%B4=bar", "", nil, suite, "host;x-amz-date", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{"get-unreserved", "GET", host + "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", nil, suite, "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		{"post-header-key-sort", "POST", host, "", []string{"My-Header1", "value1"}, suite, "host;my-header1;x-amz-date", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
		{"post-x-www-form-urlencoded", "POST", host, "Param1=value1", []string{"Content-Type", "application/x-www-form-urlencoded"}, suite, "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{"get-header-value-multiline order", "GET", host, "", []string{"My-Header1", "value4", "My-Header1", "value1", "My-Header1", "value3", "My-Header1", "value2"}, suite, "host;my-header1;x-amz-date", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
		{"get-header-value-trim", "GET", host, "", []string{"My-Header1", " value1", "My-Header2", ` "a   b   c"`}, suite, "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		{"get-vanilla-with-session-token", "GET", host, "", nil, with, "host;x-amz-date;x-amz-security-token", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
		{"S3: GET Object", "GET", "https://examplebucket.s3.amazonaws.com/test.txt", "", []string{"Range", "bytes=0-9"}, s3, "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"S3: PUT Object", "PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text", "Welcome to Amazon S3.", []string{"Date", "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class", "REDUCED_REDUNDANCY"}, s3, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
		{"S3: GET Bucket Lifecycle", "GET", "https://examplebucket.s3.amazonaws.com/?lifecycle", "", nil, s3, "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"S3: List Objects", "GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", "", nil, s3, "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := suiteAt
			if c.a.Service == "s3" {
				at = s3At
			}
			req := request(t, c.method, c.url, c.body, c.headers...)
			req.Header.Set("User-Agent", "not signed")
			if err := c.a.Sign(req, at); err != nil {
				t.Fatal(err)
			}
			got := req.Header.Get("Authorization")
			if want := "SignedHeaders=" + c.signed + ", Signature=" + c.want; !strings.HasSuffix(got, want) {
				t.Errorf("%s\nwant …%s", got, want)
			}
			if !strings.HasPrefix(got, fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s/us-east-1/%s/aws4_request, ", c.a.AccessKeyID, at.Format("20060102"), c.a.Service)) {
				t.Error(got)
			}
		})
	}
}

// TestAWSAgreesWithTheSDK signs requests drawn at random as AWS's own signer does.
func TestAWSAgreesWithTheSDK(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test's choices
	const letters = "abcXYZ019-._~!$&'()*+,;=:@% /é?#"
	word := func(n int) string {
		var out strings.Builder
		for range 1 + r.IntN(n) {
			out.WriteRune([]rune(letters)[r.IntN(len([]rune(letters)))])
		}
		return out.String()
	}
	for i := range 2000 {
		a := suite
		a.Service = []string{"execute-api", "s3", "dynamodb", "aoss"}[r.IntN(4)]
		if r.IntN(2) == 0 {
			a.SessionToken = secret.New("token" + fmt.Sprint(i))
		}
		req := request(t, []string{"GET", "POST", "DELETE"}[r.IntN(3)], "https://api.example.amazonaws.com", strings.Repeat("x", r.IntN(3)*10))
		for range 1 + r.IntN(3) {
			req.URL.Path += "/" + strings.Trim(strings.ReplaceAll(word(6), "/", ""), ".") + "x"
		}
		q := req.URL.Query()
		for range r.IntN(4) {
			q.Add(word(5), word(8))
		}
		req.URL.RawQuery = q.Encode()
		req.Header.Set("X-Custom", " "+word(4)+"  z ")
		theirs := req.Clone(t.Context())
		if err := a.Sign(req, suiteAt); err != nil {
			t.Fatal(err)
		}
		body, digest := "", ""
		if req.GetBody != nil {
			body = strings.Repeat("x", int(req.ContentLength))
		}
		sum := sha256.Sum256([]byte(body))
		digest = hex.EncodeToString(sum[:])
		if h := req.Header.Get("X-Amz-Content-Sha256"); h != "" {
			if h != digest {
				t.Fatalf("%s: %s", a.Service, h)
			}
			theirs.Header.Set("X-Amz-Content-Sha256", h)
		}
		theirs.ContentLength = 0 // their signer covers it, ours leaves it to the transport
		err := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = a.Service == "s3" }).SignHTTP(t.Context(),
			aws.Credentials{AccessKeyID: a.AccessKeyID, SecretAccessKey: a.SecretAccessKey.Reveal(), SessionToken: a.SessionToken.Reveal()}, theirs, digest, a.Service, a.Region, suiteAt)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := req.Header.Get("Authorization"), theirs.Header.Get("Authorization"); got != want {
			t.Fatalf("%s %s\n%s\n%s", req.Method, req.URL, got, want)
		}
	}
}

// TestAWSAgain: a second attempt is signed anew, at its own time, as if it were the first.
func TestAWSAgain(t *testing.T) {
	t.Parallel()
	req, fresh := request(t, "GET", "https://a.example/x?b=1+2&a=%2F", ""), request(t, "GET", "https://a.example/x?a=%2F&b=1%202", "")
	later := suiteAt.Add(time.Hour)
	for _, err := range []error{suite.Sign(req, suiteAt), suite.Sign(req, later), suite.Sign(fresh, later)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if req.Header.Get("Authorization") != fresh.Header.Get("Authorization") || req.URL.RawQuery != fresh.URL.RawQuery {
		t.Errorf("%v\n%v", req, fresh)
	}
	if err := suite.Sign(request(t, "GET", "https://a.example/?a=%zz", ""), later); err == nil {
		t.Error("a query that cannot be read was signed")
	}
}

func TestAWSCheck(t *testing.T) {
	t.Parallel()
	if f := suite.Check(); f != nil {
		t.Error(f)
	}
	for name, c := range map[string]struct {
		change func(*sign.AWS)
		path   string
	}{
		"no id":          {func(a *sign.AWS) { a.AccessKeyID = "" }, "accessKeyId"},
		"id with slash":  {func(a *sign.AWS) { a.AccessKeyID = "AKIA/x" }, "accessKeyId"},
		"line break":     {func(a *sign.AWS) { a.AccessKeyID = "AKIA\r\nX-A: b" }, "accessKeyId"},
		"no secret":      {func(a *sign.AWS) { a.SecretAccessKey = secret.Secret{} }, "secretAccessKey"},
		"token broken":   {func(a *sign.AWS) { a.SessionToken = secret.New("a b") }, "sessionToken"},
		"region":         {func(a *sign.AWS) { a.Region = "EU/central" }, "region"},
		"service":        {func(a *sign.AWS) { a.Service = "" }, "service"},
		"service spaced": {func(a *sign.AWS) { a.Service = "s3 x" }, "service"},
	} {
		a := suite
		c.change(&a)
		if f := a.Check(); len(f) != 1 || !slices.Equal(f[0].Path, []string{c.path}) {
			t.Errorf("%s: %v", name, f)
		}
	}
}
