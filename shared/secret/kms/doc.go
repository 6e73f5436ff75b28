// Package kms is the KeyWrap over AWS KMS: it makes and unwraps data keys under
// one key, bound to their encryption context.
package kms
