package sink_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/objects"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/audit/sink/s3"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

var there = sink.Bucket{Name: "audit", Region: "eu-central-1", Prefix: "apiq", AccessKeyID: "AKIATHEIRS"}

const secretKey = "the-secret-of-the-key"

// cloud is S3 on loopback; it keeps what was put, by name, with how often.
type cloud struct {
	URL string

	mu   sync.Mutex
	down bool
	kept map[string][]byte
	puts map[string]int
	head map[string]http.Header
}

func newCloud(t *testing.T, buckets ...string) *cloud {
	t.Helper()
	c := &cloud{kept: map[string][]byte{}, puts: map[string]int{}, head: map[string]http.Header{}}
	next := objects.New(buckets...)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method == http.MethodPut {
			c.kept[r.URL.Path], c.head[r.URL.Path] = body, r.Header
			c.puts[r.URL.Path]++
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	c.URL = srv.URL
	return c
}

func (c *cloud) fail(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// records are the names of the objects but the marker, in order, and what is in them.
func (c *cloud) records(t *testing.T) (names []string, all []byte) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.kept)) {
		if !strings.HasSuffix(name, ".ndjson.gz") {
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(c.kept[name]))
		check(t, err)
		plain, err := io.ReadAll(r)
		check(t, err)
		names, all = append(names, name), append(all, plain...)
	}
	return names, all
}

// bucketHome is a home whose sinks reach buckets.
func bucketHome(t *testing.T) *home {
	t.Helper()
	h := newHome(t)
	client := h.guard.Client(&egress.ClientOptions{NoRedirects: true})
	t.Cleanup(client.Close)
	buckets, err := s3.New(client, nil)
	check(t, err)
	h.Service = sink.New(h.store, h.trail, h.sealer, h.guard, client, &sink.Options{Now: h.now, Buckets: buckets})
	return h
}

func bucketInput(endpoint string) sink.Input {
	in := sink.Input{Type: "s3", Bucket: there, SecretAccessKey: secret.New(secretKey), FromStart: true}
	in.Bucket.Endpoint = endpoint
	return in
}

// TestBucket: records come into a bucket as files that verify, at most one a minute, and
// what is sent again takes the place of what was there.
func TestBucket(t *testing.T) {
	t.Parallel()
	h, c := bucketHome(t), newCloud(t, "audit")
	h.fill(t, "wsp_1", 40)
	made, err := h.Create(in("wsp_1"), bucketInput(c.URL))
	check(t, err)
	if made.Secret != "" || made.Prefix != "apiq/" || made.ExternalID != "" || !strings.HasPrefix(made.Host, "127.0.0.1:") {
		t.Errorf("%+v", made)
	}
	before, err := h.store.Get(in("wsp_1"), table.Key{PK: "AUDSINK", SK: made.ID})
	check(t, err)
	if bytes.Contains(before.Data, []byte(secretKey)) {
		t.Error("the secret of the key is kept readable")
	}
	check(t, h.Deliver(context.Background()))
	h.fill(t, "wsp_1", 1)
	check(t, h.Deliver(context.Background()))
	names, all := c.records(t)
	if len(names) != 1 || !strings.HasPrefix(names[0], "/audit/apiq/"+h.now().UTC().Format("2006/01/02/")) {
		t.Fatalf("%v", names)
	}
	if v := verified(t, all); v.Records != 41 || v.Gaps != 0 {
		t.Errorf("%+v", v)
	}

	// A process that died before it noted that the object was there.
	_, err = h.store.Put(in("wsp_1"), before, table.Present())
	check(t, err)
	check(t, h.Deliver(context.Background()))
	again, all := c.records(t)
	if len(again) != 1 || again[0] != names[0] || c.puts[names[0]] != 2 {
		t.Errorf("%v, the first was put %d times", again, c.puts[names[0]])
	}
	if v := verified(t, all); v.Records != 42 || v.Gaps != 0 {
		t.Errorf("%+v", v)
	}

	h.fill(t, "wsp_1", 1)
	h.pass(time.Minute)
	check(t, h.Deliver(context.Background()))
	names, all = c.records(t)
	if v := verified(t, all); len(names) != 2 || v.Records != 43 || v.Gaps != 0 {
		t.Errorf("a minute later: %v, %+v", names, v)
	}
}

// TestBucketFails: while a bucket does not take objects nothing is lost, and why is told.
func TestBucketFails(t *testing.T) {
	t.Parallel()
	h, c := bucketHome(t), newCloud(t, "audit")
	h.fill(t, "wsp_1", 3)
	_, err := h.Create(in("wsp_1"), bucketInput(c.URL))
	check(t, err)
	c.fail(true)
	check(t, h.Deliver(context.Background()))
	if one := h.one(t, "wsp_1"); one.State != sink.StateFailing || one.LastError != "the bucket's service did not answer" || one.Failures != 1 {
		t.Errorf("%+v", one)
	}
	c.fail(false)
	h.pass(time.Minute)
	check(t, h.Deliver(context.Background()))
	if one := h.one(t, "wsp_1"); one.State != sink.StateWaiting || one.Delivered != 5 { // that it was made, and that it failed, too
		t.Errorf("%+v", one)
	}
}

// TestBucketLocked: each object is locked for as long as was asked, and the marker for a
// minute only.
func TestBucketLocked(t *testing.T) {
	t.Parallel()
	h, c := bucketHome(t), newCloud(t, "audit", "audit"+objects.LockSuffix)
	given := bucketInput(c.URL)
	given.Bucket.LockDays = 30
	_, err := h.Create(in("wsp_1"), given)
	refused(t, err, apierr.ValidationFailed, "/objectLockDays")
	given.Bucket.Name += objects.LockSuffix
	made, err := h.Create(in("wsp_1"), given)
	check(t, err)
	check(t, h.Deliver(context.Background()))
	names, _ := c.records(t)
	if len(names) != 1 || made.LockMode != sink.LockGovernance {
		t.Fatalf("%v %+v", names, made)
	}
	for name, head := range c.head {
		until, err := time.Parse(time.RFC3339, head.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		want := h.now().AddDate(0, 0, 30)
		if name != names[0] {
			want = h.now().Add(time.Minute)
		}
		if strings.HasPrefix(name, "/"+given.Bucket.Name) && (err != nil || until.Sub(want).Abs() > time.Second || head.Get("X-Amz-Object-Lock-Mode") != "GOVERNANCE") {
			t.Errorf("%s: %v, %v", name, head, err)
		}
	}
}

func refused(t *testing.T, err error, code apierr.Code, path string) {
	t.Helper()
	var e *apierr.Error
	if !errors.As(err, &e) || e.Code != code || len(e.Problems) == 0 || e.Problems[0].Path != path {
		t.Errorf("%v, want %s at %s", err, code, path)
	}
}

// TestBucketRefused: what cannot be a bucket of the workspace's own is refused by its
// field, before anything is sent.
func TestBucketRefused(t *testing.T) {
	t.Parallel()
	h, c := bucketHome(t), newCloud(t, "audit")
	for name, x := range map[string]struct {
		change func(*sink.Input)
		code   apierr.Code
		path   string
	}{
		"no bucket":           {func(in *sink.Input) { in.Bucket.Name = "" }, apierr.ValidationFailed, "/bucket"},
		"a host in the name":  {func(in *sink.Input) { in.Bucket.Name = "x.evil.example/" }, apierr.ValidationFailed, "/bucket"},
		"a host in a region":  {func(in *sink.Input) { in.Bucket.Region = "evil.example" }, apierr.ValidationFailed, "/region"},
		"up":                  {func(in *sink.Input) { in.Bucket.Prefix = "a//b" }, apierr.ValidationFailed, "/prefix"},
		"no credentials":      {func(in *sink.Input) { in.Bucket.AccessKeyID, in.SecretAccessKey = "", secret.Secret{} }, apierr.ValidationFailed, "/roleArn"},
		"half of them":        {func(in *sink.Input) { in.SecretAccessKey = secret.Secret{} }, apierr.ValidationFailed, "/secretAccessKey"},
		"a role here":         {func(in *sink.Input) { in.Bucket = roleBucket(); in.SecretAccessKey = secret.Secret{} }, apierr.ValidationFailed, "/roleArn"},
		"a role and a key":    {func(in *sink.Input) { in.Bucket.RoleARN = roleBucket().RoleARN }, apierr.ValidationFailed, "/accessKeyId"},
		"a century and a day": {func(in *sink.Input) { in.Bucket.LockDays = 36_501 }, apierr.ValidationFailed, "/objectLockDays"},
		"another mode":        {func(in *sink.Input) { in.Bucket.LockMode = "FOREVER" }, apierr.ValidationFailed, "/objectLockMode"},
		"inside":              {func(in *sink.Input) { in.Bucket.Endpoint = "http://10.0.0.1" }, apierr.EgressBlocked, "/endpoint"},
		"metadata":            {func(in *sink.Input) { in.Bucket.Endpoint = "http://169.254.169.254" }, apierr.EgressBlocked, "/endpoint"},
		"an endpoint's path":  {func(in *sink.Input) { in.Bucket.Endpoint = c.URL + "/x" }, apierr.ValidationFailed, "/endpoint"},
		"a webhook's address": {func(in *sink.Input) { in.URL = secret.New(c.URL) }, apierr.ValidationFailed, "/url"},
		"not there":           {func(in *sink.Input) { in.Bucket.Name = "another" }, apierr.ValidationFailed, "/bucket"},
	} {
		given := bucketInput(c.URL)
		x.change(&given)
		_, err := h.Create(in("wsp_1"), given)
		t.Run(name, func(t *testing.T) { refused(t, err, x.code, x.path) })
	}
	if all, err := h.List(in("wsp_1")); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func roleBucket() sink.Bucket {
	return sink.Bucket{Name: "audit", Region: "eu-central-1", RoleARN: "arn:aws:iam::210987654321:role/audit"}
}
