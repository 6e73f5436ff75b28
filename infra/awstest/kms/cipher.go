package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// The form of a ciphertext: version | key id(16) | backing key(4) | nonce(12) | … | tag(16).
const (
	blobVersion = 1
	headLen     = 1 + 16 + 4
)

// backingKey is the material of a key between two rotations.
type backingKey [32]byte

func (b backingKey) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(b[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// encrypt seals under the newest backing key, bound to the context.
func (k *key) encrypt(plain []byte, context map[string]string) ([]byte, error) {
	id, err := uuid.Parse(k.id)
	if err != nil {
		return nil, err
	}
	newest := len(k.backing) - 1
	head := append([]byte{blobVersion}, id[:]...)
	head = binary.BigEndian.AppendUint32(head, uint32(newest)) //nolint:gosec // a test's rotations
	aead, err := k.backing[newest].aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(slices.Clone(head), nil, plain, additional(head, context)), nil
}

var errCiphertext = errors.New("kms: not a ciphertext of this service")

// open finds a ciphertext's key. The caller holds the lock.
func (s *Server) open(blob []byte) (*key, error) {
	if len(blob) < headLen || blob[0] != blobVersion {
		return nil, errCiphertext
	}
	id, err := uuid.FromBytes(blob[1:17])
	if err != nil {
		return nil, err
	}
	k := s.keys[id.String()]
	if k == nil {
		return nil, errCiphertext
	}
	return k, nil
}

// decrypt opens what encrypt of any backing key gave for the same context.
func (k *key) decrypt(blob []byte, context map[string]string) ([]byte, error) {
	head := blob[:headLen]
	i := binary.BigEndian.Uint32(head[17:])
	if uint64(i) >= uint64(len(k.backing)) {
		return nil, errCiphertext
	}
	aead, err := k.backing[i].aead()
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, nil, blob[headLen:], additional(head, context))
}

// additional is the head and the context in one order, each part with its length.
func additional(head []byte, context map[string]string) []byte {
	b := slices.Clone(head)
	for _, k := range slices.Sorted(maps.Keys(context)) {
		for _, part := range []string{k, context[k]} {
			b = binary.BigEndian.AppendUint32(b, uint32(len(part))) //nolint:gosec // bounded by maxContext
			b = append(b, part...)
		}
	}
	return b
}
