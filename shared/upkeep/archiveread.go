package upkeep

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/apiq/apiq/shared/audit"
)

// errPart: what an object holds is not what the manifest says of it.
var errPart = errors.New("upkeep: this is not what the manifest says of it")

// maxPart bounds what a part unpacks to, whatever its manifest says.
const maxPart = 64 << 20

// Read unpacks a part and compares it with its sum.
func (p Part) Read(r io.Reader) ([]byte, error) {
	if p.Bytes < 0 || p.Bytes > maxPart {
		return nil, fmt.Errorf("%w: a part of %d bytes", errPart, p.Bytes)
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPart, err)
	}
	var raw bytes.Buffer
	n, err := io.Copy(&raw, io.LimitReader(z, p.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPart, err)
	}
	sum := sha256.Sum256(raw.Bytes())
	if n != p.Bytes || hex.EncodeToString(sum[:]) != p.SHA256 {
		return nil, errPart
	}
	return raw.Bytes(), nil
}

// Differs says where the records of a day are not those of its manifest; "" where
// they are.
func (m Manifest) Differs(v audit.FileVerification) string {
	want := m.chains()
	if int64(m.Records) != v.Records || len(want) != len(v.Chains) {
		return fmt.Sprintf("the manifest speaks of %d records in %d chains, the parts hold %d in %d", m.Records, len(want), v.Records, len(v.Chains))
	}
	for i, c := range v.Chains {
		w := want[i]
		if c != (audit.FileChain{Shard: w.Shard, Records: int64(w.Records), FirstSeq: w.FirstSeq, LastSeq: w.LastSeq, PrevHash: w.PrevHash, LastHash: w.LastHash}) {
			return fmt.Sprintf("chain %d is not the piece that the manifest speaks of", c.Shard)
		}
	}
	return ""
}
