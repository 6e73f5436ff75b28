package kms_test

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	stand "github.com/apiq/apiq/infra/awstest/kms"
)

func client(endpoint string) *kms.Client {
	return kms.New(kms.Options{
		Region: "eu-central-1", BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

var ec = map[string]string{"app": "apiq", "tenant": "wsp_1"}

func dataKey(t *testing.T, c *kms.Client, key string) []byte {
	t.Helper()
	out, err := c.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, EncryptionContext: ec})
	if err != nil || len(out.Plaintext) != 32 {
		t.Fatalf("%+v, %v", out, err)
	}
	return out.CiphertextBlob
}

func TestGenerateDataKeyRefuses(t *testing.T) {
	t.Parallel()
	s := stand.New(nil)
	c, arn := client(s.Start(t)), s.CreateKey()
	disabled := s.CreateKey()
	s.Disable(disabled)
	for name, x := range map[string]struct {
		in   kms.GenerateDataKeyInput
		want string
	}{
		"unknown id":         {kms.GenerateDataKeyInput{KeyId: aws.String("x"), KeySpec: types.DataKeySpecAes256}, "NotFoundException"},
		"unknown alias":      {kms.GenerateDataKeyInput{KeyId: aws.String("alias/x"), KeySpec: types.DataKeySpecAes256}, "NotFoundException"},
		"another region":     {kms.GenerateDataKeyInput{KeyId: aws.String(strings.Replace(arn, "eu-central-1", "eu-west-1", 1)), KeySpec: types.DataKeySpecAes256}, "NotFoundException"},
		"empty id":           {kms.GenerateDataKeyInput{KeyId: aws.String(""), KeySpec: types.DataKeySpecAes256}, "ValidationException"},
		"disabled":           {kms.GenerateDataKeyInput{KeyId: &disabled, KeySpec: types.DataKeySpecAes256}, "DisabledException"},
		"no length":          {kms.GenerateDataKeyInput{KeyId: &arn}, "ValidationException"},
		"two lengths":        {kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256, NumberOfBytes: aws.Int32(32)}, "ValidationException"},
		"unknown length":     {kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: "AES_512"}, "ValidationException"},
		"too many bytes":     {kms.GenerateDataKeyInput{KeyId: &arn, NumberOfBytes: aws.Int32(1025)}, "ValidationException"},
		"context too large":  {kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256, EncryptionContext: map[string]string{"k": strings.Repeat("x", 8192)}}, "ValidationException"},
		"empty context name": {kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256, EncryptionContext: map[string]string{"": "x"}}, "ValidationException"},
		"what is left out":   {kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256, DryRun: aws.Bool(true)}, "SerializationException"},
	} {
		_, err := c.GenerateDataKey(t.Context(), &x.in)
		wantCode(t, name, err, x.want)
	}
	_, err := kms.New(c.Options(), func(o *kms.Options) {
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			r.Header.Del("Authorization")
			return http.DefaultClient.Do(r)
		})
	}).GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256})
	wantCode(t, "unsigned", err, "MissingAuthenticationTokenException")
	_, err = c.ListKeys(t.Context(), &kms.ListKeysInput{})
	wantCode(t, "another operation", err, "UnknownOperationException")
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestDecryptRefuses(t *testing.T) {
	t.Parallel()
	s := stand.New(nil)
	c, arn, other := client(s.Start(t)), s.CreateKey(), s.CreateKey()
	blob := dataKey(t, c, arn)
	changed := func(k, v string) map[string]string {
		m := maps.Clone(ec)
		m[k] = v
		return m
	}
	damaged := func(i int) []byte {
		b := bytes.Clone(blob)
		b[i] ^= 1
		return b
	}
	for name, x := range map[string]struct {
		in   kms.DecryptInput
		want string
	}{
		"no context":      {kms.DecryptInput{KeyId: &arn, CiphertextBlob: blob}, "InvalidCiphertextException"},
		"another tenant":  {kms.DecryptInput{KeyId: &arn, CiphertextBlob: blob, EncryptionContext: changed("tenant", "wsp_2")}, "InvalidCiphertextException"},
		"one name more":   {kms.DecryptInput{KeyId: &arn, CiphertextBlob: blob, EncryptionContext: changed("x", "y")}, "InvalidCiphertextException"},
		"another key":     {kms.DecryptInput{KeyId: &other, CiphertextBlob: blob, EncryptionContext: ec}, "IncorrectKeyException"},
		"no such key":     {kms.DecryptInput{KeyId: aws.String("alias/x"), CiphertextBlob: blob, EncryptionContext: ec}, "NotFoundException"},
		"version damaged": {kms.DecryptInput{KeyId: &arn, CiphertextBlob: damaged(0), EncryptionContext: ec}, "InvalidCiphertextException"},
		"key damaged":     {kms.DecryptInput{KeyId: &arn, CiphertextBlob: damaged(5), EncryptionContext: ec}, "InvalidCiphertextException"},
		"backing damaged": {kms.DecryptInput{KeyId: &arn, CiphertextBlob: damaged(20), EncryptionContext: ec}, "InvalidCiphertextException"},
		"text damaged":    {kms.DecryptInput{KeyId: &arn, CiphertextBlob: damaged(40), EncryptionContext: ec}, "InvalidCiphertextException"},
		"cut":             {kms.DecryptInput{KeyId: &arn, CiphertextBlob: blob[:10], EncryptionContext: ec}, "InvalidCiphertextException"},
		"empty":           {kms.DecryptInput{KeyId: &arn, CiphertextBlob: []byte{}, EncryptionContext: ec}, "ValidationException"},
		"too long":        {kms.DecryptInput{KeyId: &arn, CiphertextBlob: make([]byte, 6145), EncryptionContext: ec}, "ValidationException"},
		"algorithm":       {kms.DecryptInput{KeyId: &arn, CiphertextBlob: blob, EncryptionContext: ec, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha1}, "ValidationException"},
	} {
		_, err := c.Decrypt(t.Context(), &x.in)
		wantCode(t, name, err, x.want)
	}
	for _, key := range []*string{&arn, nil, aws.String(arn[strings.LastIndex(arn, "/")+1:])} {
		if _, err := c.Decrypt(t.Context(), &kms.DecryptInput{KeyId: key, CiphertextBlob: blob, EncryptionContext: ec}); err != nil {
			t.Errorf("under %v: %v", aws.ToString(key), err)
		}
	}
	s.Delete(arn)
	_, err := c.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: ec})
	wantCode(t, "to be deleted", err, "KMSInvalidStateException")
}

func TestReEncrypt(t *testing.T) {
	t.Parallel()
	s := stand.New(nil)
	c, from, to := client(s.Start(t)), s.CreateKey(), s.CreateKey()
	s.Alias("to", to)
	blob := dataKey(t, c, from)
	in := func(source, destination string) *kms.ReEncryptInput {
		return &kms.ReEncryptInput{CiphertextBlob: blob, SourceKeyId: &source, DestinationKeyId: &destination, SourceEncryptionContext: ec, DestinationEncryptionContext: ec}
	}
	_, err := c.ReEncrypt(t.Context(), in(to, from))
	wantCode(t, "another source", err, "IncorrectKeyException")
	_, err = c.ReEncrypt(t.Context(), in(from, "alias/x"))
	wantCode(t, "no such destination", err, "NotFoundException")
	wrong := in(from, to)
	wrong.SourceEncryptionContext = nil
	_, err = c.ReEncrypt(t.Context(), wrong)
	wantCode(t, "no context", err, "InvalidCiphertextException")
	out, err := c.ReEncrypt(t.Context(), in(from, "alias/to"))
	if err != nil || aws.ToString(out.KeyId) != to || aws.ToString(out.SourceKeyId) != from {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := c.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &to, CiphertextBlob: out.CiphertextBlob, EncryptionContext: ec}); err != nil {
		t.Error(err)
	}
	s.Disable(to)
	_, err = c.ReEncrypt(t.Context(), in(from, to))
	wantCode(t, "destination disabled", err, "DisabledException")
}

func TestDescribeKey(t *testing.T) {
	t.Parallel()
	s := stand.New(nil)
	c, arn := client(s.Start(t)), s.CreateKey()
	s.Alias("apiq", arn)
	for name, state := range map[string]types.KeyState{"alias/apiq": types.KeyStateEnabled, arn[:strings.Index(arn, "key/")] + "alias/apiq": types.KeyStateEnabled} {
		out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &name})
		if err != nil || aws.ToString(out.KeyMetadata.Arn) != arn || out.KeyMetadata.KeyState != state || !out.KeyMetadata.Enabled {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
	s.Disable(arn)
	out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &arn})
	if err != nil || out.KeyMetadata.KeyState != types.KeyStateDisabled || out.KeyMetadata.Enabled {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/x")})
	wantCode(t, "no such key", err, "NotFoundException")
}

// TestRotate: new material encrypts, old ciphertexts still open.
func TestRotate(t *testing.T) {
	t.Parallel()
	s := stand.New(nil)
	c, arn := client(s.Start(t)), s.CreateKey()
	before := dataKey(t, c, arn)
	s.Rotate(arn)
	after := dataKey(t, c, arn)
	if before[20] == after[20] {
		t.Error("the same backing key")
	}
	for _, blob := range [][]byte{before, after} {
		if _, err := c.Decrypt(t.Context(), &kms.DecryptInput{KeyId: &arn, CiphertextBlob: blob, EncryptionContext: ec}); err != nil {
			t.Error(err)
		}
	}
}
