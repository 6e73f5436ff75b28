package kms_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	stand "github.com/apiq/apiq/infra/awstest/kms"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/kms"
	"github.com/apiq/apiq/shared/secret/secrettest"
)

const attempts = 4

// client is a real client of a stand-in, that waits no seconds between attempts.
func client(endpoint string) *awskms.Client {
	return awskms.New(awskms.Options{
		Region: "eu-central-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = attempts, time.Millisecond
		}),
	})
}

func ec() map[string]string {
	return map[string]string{"app": "apiq", "tenant": "wsp_1", "purpose": "credentials"}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	c, arn := client(server.Start(t)), server.CreateKey()
	server.Alias("apiq", arn)
	for name, key := range map[string]string{"ARN": arn, "alias": "alias/apiq"} {
		t.Run(name, func(t *testing.T) {
			secrettest.Run(t, secrettest.Harness{Open: func(*testing.T) secret.KeyWrap { return kms.New(c, key, nil) }})
		})
	}
}

// faults says how the stand-in fails, and counts requests by operation.
type faults struct {
	mu    sync.Mutex
	fail  func(operation string, nth int) stand.Fault
	count map[string]int
}

func (f *faults) ask(operation string) stand.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.count[operation]++
	if f.fail == nil {
		return stand.None
	}
	return f.fail(operation, f.count[operation])
}

func (f *faults) set(fail func(operation string, nth int) stand.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail, f.count = fail, nil
}

func (f *faults) counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.count)
}

// each calls every method with what Generate gave before.
func each(ctx context.Context, w secret.KeyWrap, wrapped []byte) map[string]error {
	_, _, generate := w.Generate(ctx, ec())
	_, unwrap := w.Unwrap(ctx, wrapped, ec())
	_, rewrap := w.Rewrap(ctx, wrapped, ec())
	return map[string]error{"Generate": generate, "Unwrap": unwrap, "Rewrap": rewrap}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	var f faults
	server := stand.New(&stand.Options{Fault: f.ask})
	w := kms.New(client(server.Start(t)), server.CreateKey(), nil)
	_, wrapped, err := w.Generate(t.Context(), ec())
	if err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]stand.Fault{"throttled": stand.Throttle, "internal": stand.Internal, "cut": stand.Cut} {
		f.set(func(_ string, nth int) stand.Fault {
			if nth < attempts {
				return fault
			}
			return stand.None
		})
		for call, err := range each(t.Context(), w, wrapped) {
			if err != nil {
				t.Errorf("%s, then well: %s: %v", name, call, err)
			}
		}
		f.set(func(string, int) stand.Fault { return fault })
		for call, err := range each(t.Context(), w, wrapped) {
			if !errors.Is(err, secret.ErrUnavailable) || errors.Is(err, secret.ErrTampered) {
				t.Errorf("%s for good: %s: %v, want ErrUnavailable", name, call, err)
			}
		}
		if got, want := f.counts(), map[string]int{"GenerateDataKey": attempts, "Decrypt": attempts, "ReEncrypt": attempts}; !maps.Equal(got, want) {
			t.Errorf("%s: requests %v, want %v", name, got, want)
		}
	}
}

// TestKeyStates: a key that cannot be used is no fault of what was sealed.
func TestKeyStates(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	arn := server.CreateKey()
	c := client(server.Start(t))
	w := kms.New(c, arn, nil)
	_, wrapped, err := w.Generate(t.Context(), ec())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(string){"disabled": server.Disable, "to be deleted": server.Delete} {
		change(arn)
		for call, err := range each(t.Context(), w, wrapped) {
			if !errors.Is(err, secret.ErrUnavailable) {
				t.Errorf("%s: %s: %v, want ErrUnavailable", name, call, err)
			}
		}
		server.Enable(arn)
	}
	missing := kms.New(c, "alias/none", nil)
	for call, err := range each(t.Context(), missing, wrapped) {
		if !errors.Is(err, secret.ErrUnavailable) {
			t.Errorf("no such key: %s: %v, want ErrUnavailable", call, err)
		}
	}
	unsigned := kms.New(awskms.New(c.Options(), func(o *awskms.Options) { o.Credentials = nil }), arn, nil)
	for call, err := range each(t.Context(), unsigned, wrapped) {
		if !errors.Is(err, secret.ErrUnavailable) {
			t.Errorf("without credentials: %s: %v, want ErrUnavailable", call, err)
		}
	}
	for call, err := range each(t.Context(), w, wrapped) {
		if err != nil {
			t.Errorf("enabled again: %s: %v", call, err)
		}
	}
}

// TestRotation: KMS rotates the material, then the key itself is replaced.
func TestRotation(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	c := client(server.Start(t))
	oldKey, newKey := server.CreateKey(), server.CreateKey()
	before := kms.New(c, oldKey, nil)
	plain, wrapped, err := before.Generate(t.Context(), ec())
	if err != nil {
		t.Fatal(err)
	}
	unwraps := func(w secret.KeyWrap, b []byte) error {
		got, err := w.Unwrap(t.Context(), b, ec())
		if err == nil && string(got) != string(plain) {
			return errors.New("another key")
		}
		return err
	}
	server.Rotate(oldKey)
	if err := unwraps(before, wrapped); err != nil {
		t.Errorf("after KMS's own rotation: %v", err)
	}
	strict := kms.New(c, newKey, nil)
	if err := unwraps(strict, wrapped); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("under a key that is not named: %v, want ErrTampered", err)
	}
	if _, err := strict.Rewrap(t.Context(), wrapped, ec()); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("Rewrap from a key that is not named: %v, want ErrTampered", err)
	}
	during := kms.New(c, newKey, &kms.Options{OldKeys: []string{server.CreateKey(), oldKey}})
	if err := unwraps(during, wrapped); err != nil {
		t.Errorf("under an old key: %v", err)
	}
	again, err := during.Rewrap(t.Context(), wrapped, ec())
	if err != nil {
		t.Fatal(err)
	}
	server.Delete(oldKey)
	if err := unwraps(strict, again); err != nil {
		t.Errorf("wrapped again, the old key gone: %v", err)
	}
}

// TestContextLimit is about KMS's limit of 8 KiB: no fault of a sealed value.
func TestContextLimit(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	w := kms.New(client(server.Start(t)), server.CreateKey(), nil)
	large := maps.Clone(ec())
	large["tenant"] = strings.Repeat("x", 8192)
	if _, _, err := w.Generate(t.Context(), large); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}
