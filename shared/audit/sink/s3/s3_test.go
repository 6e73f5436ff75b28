package s3_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/apiq/apiq/infra/awstest/objects"
	"github.com/apiq/apiq/infra/awstest/sigv4"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/audit/sink/s3"
	"github.com/apiq/apiq/shared/egress"
)

const (
	closed = "arn:aws:iam::210987654321:role/closed" // asks for its external id
	open   = "arn:aws:iam::210987654321:role/open"   // asks for none
	others = "arn:aws:iam::210987654321:role/others"
)

// roles is STS: it lets in whom the trust policies of three roles let in.
func roles(t *testing.T, asked *[]url.Values) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := sigv4.Check(r, "sts"); err != nil {
			t.Error(err)
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		*asked = append(*asked, r.PostForm)
		w.Header().Set("Content-Type", "text/xml")
		arn, id := r.PostForm.Get("RoleArn"), r.PostForm.Get("ExternalId")
		if arn == open || arn == closed && id == "wsp_1" {
			fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAOFTHEROLE</AccessKeyId>`+
				`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func buckets(t *testing.T, asked *[]url.Values) *s3.Buckets {
	t.Helper()
	client := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}).Client(&egress.ClientOptions{NoRedirects: true})
	t.Cleanup(client.Close)
	cfg := aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAOURS", "s", "")}
	sts := roles(t, asked)
	b, err := s3.New(client, &s3.Options{Roles: s3.NewRoles(cfg, &sts), Principal: "arn:aws:iam::123456789012:root"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func reason(err error) sink.Reason {
	var r *sink.Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// TestPut: an object is put with its checksum, read again, put over, and locked where
// the bucket can.
func TestPut(t *testing.T) {
	t.Parallel()
	var asked []url.Values
	b := buckets(t, &asked)
	endpoint := objects.Start(t, "audit", "audit"+objects.LockSuffix)
	to := sink.Bucket{Name: "audit", Region: "eu-central-1", Endpoint: endpoint, AccessKeyID: "AKIATHEIRS"}
	for _, body := range []string{"one", "two"} {
		if err := b.Put(t.Context(), to, "s", sink.Object{Name: "a/b c.txt", Body: []byte(body), ContentType: "text/plain"}); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Get(t.Context(), to, "s", "a/b c.txt", 100); err != nil || string(got) != body {
			t.Errorf("%q, %v", got, err)
		}
	}
	o := sink.Object{Name: "a/locked", Body: []byte("x"), RetainUntil: time.Now().Add(time.Hour)}
	to.LockMode = sink.LockCompliance
	if got := reason(b.Put(t.Context(), to, "s", o)); got != sink.ReasonLock {
		t.Errorf("a bucket without Object Lock: %q", got)
	}
	to.Name += objects.LockSuffix
	if err := b.Put(t.Context(), to, "s", o); err != nil {
		t.Errorf("a bucket with it: %v", err)
	}
	if len(asked) != 0 {
		t.Errorf("a role was asked for: %v", asked)
	}
}

// TestRoles: a role is assumed with the external id of its bucket, once while it lives,
// and is trusted only where it asks for one.
func TestRoles(t *testing.T) {
	t.Parallel()
	var asked []url.Values
	b := buckets(t, &asked)
	for _, c := range []struct {
		arn, id string
		want    sink.Reason
	}{{closed, "wsp_1", ""}, {closed, "wsp_2", sink.ReasonRole}, {open, "wsp_1", sink.ReasonOpenRole}, {others, "wsp_1", sink.ReasonRole}} {
		if got := reason(b.Trusted(t.Context(), sink.Bucket{RoleARN: c.arn, ExternalID: c.id})); got != c.want {
			t.Errorf("%s as %s: %q, want %q", c.arn, c.id, got, c.want)
		}
	}
	endpoint := objects.Start(t, "audit")
	to := sink.Bucket{Name: "audit", Region: "eu-central-1", Endpoint: endpoint, RoleARN: closed, ExternalID: "wsp_1"}
	asked = nil
	for range 3 {
		if err := b.Put(t.Context(), to, "", sink.Object{Name: "x", Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if len(asked) != 1 || asked[0].Get("ExternalId") != "wsp_1" || asked[0].Get("RoleSessionName") != "apiq-audit" || asked[0].Get("DurationSeconds") != "900" {
		t.Errorf("%v", asked)
	}
	// What one workspace was let in with is not given to another.
	to.ExternalID = "wsp_2"
	if got := reason(b.Put(t.Context(), to, "", sink.Object{Name: "x", Body: []byte("x")})); got != sink.ReasonRole {
		t.Errorf("another workspace under the same role: %q", got)
	}
	none, err := s3.New(nil, nil)
	if err != nil || none.Principal() != "" {
		t.Fatal(none.Principal(), err)
	}
	if got := reason(none.Put(t.Context(), to, "", sink.Object{Name: "x"})); got != sink.ReasonRole {
		t.Errorf("without an identity: %q", got)
	}
}

// TestReasons: what a service answers is told by its reason.
func TestReasons(t *testing.T) {
	t.Parallel()
	var asked []url.Values
	b := buckets(t, &asked)
	say := func(status int, code string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://169.254.169.254/")
			w.WriteHeader(status)
			if code != "" {
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>their words</Message></Error>", code)
			}
		}))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct {
		endpoint string
		want     sink.Reason
	}{
		"no bucket":      {objects.Start(t, "other"), sink.ReasonNoBucket},
		"another region": {say(400, "AuthorizationHeaderMalformed"), sink.ReasonRegion},
		"redirected":     {say(301, "PermanentRedirect"), sink.ReasonRegion},
		"a bare answer":  {say(307, ""), sink.ReasonRegion},
		"unknown key":    {say(403, "InvalidAccessKeyId"), sink.ReasonCredentials},
		"wrong secret":   {say(403, "SignatureDoesNotMatch"), sink.ReasonCredentials},
		"not allowed":    {say(403, "AccessDenied"), sink.ReasonDenied},
		"down":           {say(503, "SlowDown"), sink.ReasonAway},
		"something else": {say(400, "EntityTooLarge"), sink.ReasonOther},
		"nobody":         {gone.URL, sink.ReasonAway},
		"inside":         {"http://10.0.0.1", sink.ReasonBlocked},
		"metadata":       {"http://169.254.169.254", sink.ReasonBlocked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := b.Put(ctx, sink.Bucket{Name: "audit", Region: "eu-central-1", Endpoint: c.endpoint, AccessKeyID: "AKIATHEIRS"}, "s", sink.Object{Name: "x", Body: []byte("x")})
			if got := reason(err); got != c.want {
				t.Errorf("%q, want %q: %v", got, c.want, err)
			}
		})
	}
}
