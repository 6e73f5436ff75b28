// Package kms is the key service over AWS KMS: it makes data keys under one KMS
// key, bound to their encryption context, and unwraps them. It keeps nothing; the
// envelope above it caches plain keys.
package kms

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/apiq/apiq/shared/secret"
)

// maxWrapped is the longest ciphertext that KMS takes (AWS KMS API Reference, Decrypt).
const maxWrapped = 6144

// Wrap is a secret.KeyWrap. The client's retryer bounds its attempts when KMS
// throttles or fails; after the last it is secret.ErrUnavailable.
type Wrap struct {
	client *kms.Client
	key    string
	old    []string
}

var _ secret.KeyWrap = (*Wrap)(nil)

// Options of a Wrap.
type Options struct {
	// OldKeys are KMS keys that data keys may still be wrapped under, after the key
	// was replaced; Rewrap brings them under the new one. (KMS's own rotation keeps
	// the key and needs none.) Defaults to none.
	OldKeys []string
}

// New returns a Wrap under a symmetric KMS key, named by ARN, id or alias.
func New(client *kms.Client, keyID string, opts *Options) *Wrap {
	w := &Wrap{client: client, key: keyID}
	if opts != nil {
		w.old = opts.OldKeys
	}
	return w
}

// Master is the key as it was named.
func (w *Wrap) Master() string { return w.key }

// ownKeyForm is a key of any account by its ARN; an alias could be moved to another key.
var ownKeyForm = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})$`)

var _ secret.OwnKeys = (*Wrap)(nil)

// Under implements secret.OwnKeys: the key of an account that lets us use it, in the
// region of the client.
func (w *Wrap) Under(key string, from ...string) (secret.KeyWrap, error) {
	other := &Wrap{client: w.client, key: w.key, old: w.old}
	if key != "" {
		parts := ownKeyForm.FindStringSubmatch(key)
		if parts == nil {
			return nil, fmt.Errorf("%w: %.100q is not the ARN of a key", secret.ErrNoOwnKeys, key)
		}
		if region := w.client.Options().Region; parts[1] != region {
			return nil, fmt.Errorf("%w: it is in %s, and has to be in %s", secret.ErrNoOwnKeys, parts[1], region)
		}
		other.key, other.old = key, append([]string{w.key}, w.old...)
	}
	for _, f := range from {
		if f != "" && f != other.key {
			other.old = append([]string{f}, other.old...)
		}
	}
	return other, nil
}

// Principal implements secret.OwnKeys: the account of the home's key, since that is
// where the functions run.
func (w *Wrap) Principal() string {
	key, err := arn.Parse(w.key)
	if err != nil {
		return "" // named by id or alias, as nothing but a test does
	}
	return fmt.Sprintf("arn:%s:iam::%s:root", key.Partition, key.AccountID)
}

// Generate makes a data key and wraps it.
func (w *Wrap) Generate(ctx context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error) {
	out, err := w.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &w.key, KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext,
	})
	if err != nil {
		return nil, nil, name(ctx, "make a data key", err)
	}
	return out.Plaintext, out.CiphertextBlob, nil
}

// Unwrap gives the plain key back.
func (w *Wrap) Unwrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) (plain []byte, err error) {
	err = w.underEach(ctx, "unwrap a data key", wrapped, func(key *string) error {
		out, err := w.client.Decrypt(ctx, &kms.DecryptInput{
			KeyId: key, CiphertextBlob: wrapped, EncryptionContext: encryptionContext,
		})
		if err == nil {
			plain = out.Plaintext
		}
		return err
	})
	return plain, err
}

// Rewrap wraps a data key again under the newest material of the key, inside KMS:
// the plain key does not leave it.
func (w *Wrap) Rewrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) (again []byte, err error) {
	err = w.underEach(ctx, "wrap a data key again", wrapped, func(key *string) error {
		out, err := w.client.ReEncrypt(ctx, &kms.ReEncryptInput{
			SourceKeyId: key, CiphertextBlob: wrapped, SourceEncryptionContext: encryptionContext,
			DestinationKeyId: &w.key, DestinationEncryptionContext: encryptionContext,
		})
		if err == nil {
			again = out.CiphertextBlob
		}
		return err
	})
	return again, err
}

// underEach asks under the key, and under old ones where KMS says that it was
// another. The key is always named: else KMS would take any that the caller may use.
func (w *Wrap) underEach(ctx context.Context, doing string, wrapped []byte, ask func(key *string) error) error {
	if len(wrapped) == 0 || len(wrapped) > maxWrapped {
		if err := ctx.Err(); err != nil {
			return err
		}
		return fmt.Errorf("%w: not a key wrapped by KMS", secret.ErrTampered)
	}
	err := ask(aws.String(w.key))
	for _, key := range w.old {
		var other *types.IncorrectKeyException
		if !errors.As(err, &other) {
			break
		}
		err = ask(aws.String(key))
	}
	if err != nil {
		return name(ctx, doing, err)
	}
	return nil
}

// name gives an error one of the port's names. What KMS says of keys and contexts
// that do not fit is tampering; all else, from throttling to a disabled key or a
// missing grant, may pass, and no sealed value is to blame.
func name(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var ciphertext *types.InvalidCiphertextException
	var other *types.IncorrectKeyException
	if errors.As(err, &ciphertext) || errors.As(err, &other) {
		return fmt.Errorf("kms: %s: %w: %w", doing, secret.ErrTampered, err)
	}
	return fmt.Errorf("kms: %s: %w: %w", doing, secret.ErrUnavailable, err)
}
