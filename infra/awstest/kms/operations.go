package kms

import (
	"crypto/rand"
	"fmt"
)

// Limits of KMS (AWS KMS API Reference; AWS KMS Developer Guide, "Encryption context").
const (
	maxBlob    = 6144
	maxContext = 8192
	maxKeyID   = 2048
	maxRandom  = 1024
)

const symmetric = "SYMMETRIC_DEFAULT"

type generateDataKeyRequest struct {
	KeyId             string
	KeySpec           string
	NumberOfBytes     int
	EncryptionContext map[string]string
}

type generateDataKeyAnswer struct {
	KeyId          string
	Plaintext      []byte
	CiphertextBlob []byte
}

func (s *Server) generateDataKey(in generateDataKeyRequest) (*generateDataKeyAnswer, error) {
	n := in.NumberOfBytes
	switch in.KeySpec {
	case "AES_256":
		n = 32
	case "AES_128":
		n = 16
	case "":
	default:
		return nil, invalid("KeySpec")
	}
	if (in.KeySpec == "") == (in.NumberOfBytes == 0) || n < 1 || n > maxRandom {
		return nil, refuse("ValidationException", "Please specify either number of bytes or key spec.")
	}
	if err := checkContext(in.EncryptionContext); err != nil {
		return nil, err
	}
	k, err := s.usable(in.KeyId)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, n)
	rand.Read(plain) // never fails (crypto/rand)
	blob, err := k.encrypt(plain, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	return &generateDataKeyAnswer{KeyId: k.arn, Plaintext: plain, CiphertextBlob: blob}, nil
}

type decryptRequest struct {
	KeyId               string
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
}

type decryptAnswer struct {
	KeyId               string
	Plaintext           []byte
	EncryptionAlgorithm string
}

func (s *Server) decrypt(in decryptRequest) (*decryptAnswer, error) {
	if in.EncryptionAlgorithm != "" && in.EncryptionAlgorithm != symmetric {
		return nil, invalid("EncryptionAlgorithm")
	}
	k, plain, err := s.unwrap(in.KeyId, in.CiphertextBlob, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	return &decryptAnswer{KeyId: k.arn, Plaintext: plain, EncryptionAlgorithm: symmetric}, nil
}

type reEncryptRequest struct {
	CiphertextBlob                                            []byte
	SourceKeyId, DestinationKeyId                             string
	SourceEncryptionContext, DestinationEncryptionContext     map[string]string
	SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
}

type reEncryptAnswer struct {
	CiphertextBlob                                            []byte
	SourceKeyId, KeyId                                        string
	SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
}

func (s *Server) reEncrypt(in reEncryptRequest) (*reEncryptAnswer, error) {
	for _, algorithm := range []string{in.SourceEncryptionAlgorithm, in.DestinationEncryptionAlgorithm} {
		if algorithm != "" && algorithm != symmetric {
			return nil, invalid("EncryptionAlgorithm")
		}
	}
	if err := checkContext(in.DestinationEncryptionContext); err != nil {
		return nil, err
	}
	to, err := s.usable(in.DestinationKeyId)
	if err != nil {
		return nil, err
	}
	from, plain, err := s.unwrap(in.SourceKeyId, in.CiphertextBlob, in.SourceEncryptionContext)
	if err != nil {
		return nil, err
	}
	blob, err := to.encrypt(plain, in.DestinationEncryptionContext)
	if err != nil {
		return nil, err
	}
	return &reEncryptAnswer{CiphertextBlob: blob, SourceKeyId: from.arn, KeyId: to.arn,
		SourceEncryptionAlgorithm: symmetric, DestinationEncryptionAlgorithm: symmetric}, nil
}

type describeKeyRequest struct{ KeyId string }

type describeKeyAnswer struct{ KeyMetadata map[string]any }

func (s *Server) describeKey(in describeKeyRequest) (*describeKeyAnswer, error) {
	k, err := s.named(in.KeyId)
	if err != nil {
		return nil, err
	}
	return &describeKeyAnswer{map[string]any{
		"AWSAccountId": s.o.Account, "KeyId": k.id, "Arn": k.arn, "CreationDate": k.made.Unix(), "Enabled": k.state == stateEnabled,
		"KeyState": k.state, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": symmetric, "KeyManager": "CUSTOMER",
		"Origin": "AWS_KMS", "EncryptionAlgorithms": []string{symmetric},
	}}, nil
}

// unwrap opens a ciphertext, under the named key where one is named.
func (s *Server) unwrap(keyID string, blob []byte, context map[string]string) (*key, []byte, error) {
	if len(blob) == 0 || len(blob) > maxBlob {
		return nil, nil, invalid("CiphertextBlob")
	}
	if err := checkContext(context); err != nil {
		return nil, nil, err
	}
	var wanted *key
	if keyID != "" {
		var err error
		if wanted, err = s.usable(keyID); err != nil {
			return nil, nil, err
		}
	}
	k, err := s.open(blob)
	if err != nil {
		return nil, nil, refuse("InvalidCiphertextException", "")
	}
	if wanted != nil && wanted != k {
		return nil, nil, refuse("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	if k, err = s.usable(k.id); err != nil {
		return nil, nil, err
	}
	plain, err := k.decrypt(blob, context)
	if err != nil {
		return nil, nil, refuse("InvalidCiphertextException", "")
	}
	return k, plain, nil
}

func (s *Server) named(keyID string) (*key, error) {
	if keyID == "" || len(keyID) > maxKeyID {
		return nil, invalid("KeyId")
	}
	k := s.find(keyID)
	if k == nil {
		return nil, refuse("NotFoundException", fmt.Sprintf("Key '%s' does not exist", keyID))
	}
	return k, nil
}

// usable is a key that is there and not switched off.
func (s *Server) usable(keyID string) (*key, error) {
	k, err := s.named(keyID)
	switch {
	case err != nil:
		return nil, err
	case k.state == stateDisabled:
		return nil, refuse("DisabledException", k.arn+" is disabled.")
	case k.state == stateDeleting:
		return nil, refuse("KMSInvalidStateException", k.arn+" is pending deletion.")
	}
	return k, nil
}

// checkContext: all names and values together have a limit.
func checkContext(context map[string]string) error {
	n := 0
	for k, v := range context {
		if k == "" {
			return invalid("EncryptionContext")
		}
		n += len(k) + len(v)
	}
	if n > maxContext {
		return invalid("EncryptionContext")
	}
	return nil
}

func invalid(member string) error {
	return refuse("ValidationException", "1 validation error detected: "+member+" failed to satisfy constraint")
}
