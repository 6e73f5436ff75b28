// Package passkeytest is an authenticator in software, strict where a real one is and
// wrong where a test wants it to be. It keeps nothing beyond its own memory.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Flags of authenticator data (WebAuthn level 3, 6.1).
const (
	UserPresent  = 0x01
	UserVerified = 0x04
	attested     = 0x40
)

// Device is an authenticator with one passkey. Its fields are what it says of itself;
// a test changes them to lie.
type Device struct {
	Origin, RPID string
	Flags        byte
	Counter      uint32
	UserHandle   []byte
	ID           []byte

	t   testing.TB
	key *ecdsa.PrivateKey
}

// New makes a device that verifies its person.
func New(t testing.TB, origin string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &Device{Origin: origin, Flags: UserPresent | UserVerified, ID: make([]byte, 32), t: t, key: key}
	rand.Read(d.ID) // never fails (crypto/rand)
	return d
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// options are those parts of a ceremony's that an authenticator reads.
type options struct {
	Challenge string
	RPID      string                            // of a sign-in
	RP        struct{ ID string }               // of a registration
	User      struct{ ID string }               // base64url
	Exclude   []struct{ ID string }             `json:"excludeCredentials"`
	Selection struct{ UserVerification string } `json:"authenticatorSelection"`
}

func (d *Device) read(publicKey json.RawMessage) options {
	d.t.Helper()
	var o options
	if err := json.Unmarshal(publicKey, &o); err != nil || o.Challenge == "" {
		d.t.Fatalf("options %s: %v", publicKey, err)
	}
	return o
}

func (d *Device) client(kind, challenge string) []byte {
	d.t.Helper()
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

func (d *Device) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(d.RPID))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.Counter)
}

// Create answers the options of a registration.
func (d *Device) Create(publicKey json.RawMessage) json.RawMessage {
	d.t.Helper()
	o := d.read(publicKey)
	if d.RPID == "" {
		d.RPID = o.RP.ID
	}
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	d.UserHandle = handle
	point, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		d.t.Fatal(err)
	}
	// COSE_Key: kty EC2, alg ES256, crv P-256, x, y.
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	data := append(d.data(d.Flags|attested), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.ID))), d.ID...) //nolint:gosec // 32
	data = append(data, cose...)
	object := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59")
	object = append(binary.BigEndian.AppendUint16(object, uint16(len(data))), data...) //nolint:gosec // some hundred
	return d.answer(map[string]any{"clientDataJSON": text(d.client("webauthn.create", o.Challenge)), "attestationObject": text(object), "transports": []string{"internal"}})
}

// Get answers the options of a sign-in.
func (d *Device) Get(publicKey json.RawMessage) json.RawMessage {
	d.t.Helper()
	d.Counter++
	client, data := d.client("webauthn.get", d.read(publicKey).Challenge), d.data(d.Flags)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(data, hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text(d.UserHandle)})
}

func (d *Device) answer(response map[string]any) json.RawMessage {
	d.t.Helper()
	raw, err := json.Marshal(map[string]any{"id": text(d.ID), "rawId": text(d.ID), "type": "public-key", "clientExtensionResults": map[string]any{},
		"authenticatorAttachment": "platform", "response": response})
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}
