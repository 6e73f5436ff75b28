package backup

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"fmt"
	"time"
)

// trailerLen is the length of the last entry with the end of the tar: header,
// content, two empty blocks.
const trailerLen = 4 * 512

// trailer is how a file whose other bytes have this sum ends. There is one way to
// write it, so that a reader compares bytes.
func trailer(sum []byte) ([]byte, error) {
	text := hex.EncodeToString(sum) + "  of all bytes before this entry\n"
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(entry(sumName, int64(len(text)), time.Unix(0, 0))); err != nil {
		return nil, err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if b.Len() != trailerLen {
		return nil, fmt.Errorf("backup: a trailer of %d bytes", b.Len())
	}
	return b.Bytes(), nil
}

func entry(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at.UTC().Truncate(time.Second)}
}
