package awsfault_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/apiq/apiq/shared/awsfault"
)

// TestPassing: as the SDK itself gives the errors, over the wire.
func TestPassing(t *testing.T) {
	t.Parallel()
	answer := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"__type":"x#%s"}`, code)
		}
	}
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  bool
	}{
		"throttled": {answer(400, "ThrottlingException"), true},
		"slow":      {answer(400, "RequestTimeout"), true},
		"too many":  {answer(429, "Whatever"), true},
		"out":       {answer(503, "Whatever"), true},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"a`))
		}, true},
		"not JSON":        {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) }, true},
		"cut":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
		"refused":         {answer(400, "AccessDeniedException"), false},
		"does not exist":  {answer(400, "ExecutionDoesNotExist"), false},
		"no such address": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := closed(t)
			if c.serve != nil {
				server := httptest.NewServer(c.serve)
				defer server.Close()
				url = server.URL
			}
			client := sfn.New(sfn.Options{Region: "eu-central-1", BaseEndpoint: &url, Retryer: aws.NopRetryer{},
				Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")})
			_, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String("arn:aws:states:x")})
			if err == nil || awsfault.Passing(err) != c.want {
				t.Errorf("%v: passing is %v", err, !c.want)
			}
		})
	}
	if awsfault.Passing(nil) || awsfault.Passing(errors.New("no")) || awsfault.Passing(context.Canceled) {
		t.Error("what is no service's fault passes")
	}
	if !awsfault.Throttles("ThrottlingException") || awsfault.Throttles("AccessDenied") {
		t.Error("codes")
	}
}

// closed is an address where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
