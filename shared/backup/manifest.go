package backup

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/blob"
)

// Format is the number of the form that this program writes, and the newest that
// it reads.
const Format = 1

// Names in the file, which are those in a data folder too.
const (
	TableName = "apiq.db"
	BlobsName = "blobs"
	KeyName   = "master.key"

	headerName   = "apiq-backup.json"
	manifestName = "manifest.json"
	sumName      = "SHA256"
	blobPrefix   = BlobsName + "/"
)

// Bounds of entries that are read into memory.
const (
	maxHeader   = 64 << 10
	maxKey      = 4 << 10
	maxManifest = 256 << 20
)

// Errors of a file. Their text says what to do.
var (
	// ErrForeign: the file is no backup.
	ErrForeign = errors.New("this is not a backup that apiq wrote")
	// ErrNewer: a later release wrote it.
	ErrNewer = errors.New("a newer apiq wrote this backup: use that release, or a later one, to read it")
	// ErrDamaged: bytes are missing, changed or added.
	ErrDamaged = errors.New("the backup is damaged or cut off, and nothing of it was put in place: copy it again from where it was written, or take an earlier one")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w (%s)", ErrDamaged, fmt.Sprintf(format, args...))
}

// Header is the first entry.
type Header struct {
	Format    int       `json:"format"`
	Program   string    `json:"program"` // the version that wrote it
	CreatedAt time.Time `json:"createdAt"`
	// WithKey: the key is in the file.
	WithKey bool `json:"withKey"`
	// KeyPrint is the fingerprint of the key that opens what is sealed in the table,
	// "" where the data folder had no key.
	KeyPrint string `json:"keyPrint,omitempty"`
}

// File is one entry as the manifest names it.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type manifest struct {
	Files []File `json:"files"`
}

// Summary tells what a backup holds.
type Summary struct {
	Header
	Objects int   `json:"objects"`
	Table   int64 `json:"tableBytes"`
	Bytes   int64 `json:"bytes"` // of the whole file
}

func (s *Summary) count(f File) {
	switch {
	case f.Name == TableName:
		s.Table = f.Size
	case strings.HasPrefix(f.Name, blobPrefix):
		s.Objects++
	}
}

// largest is how large an entry of that name may be; ok is false for a name that
// no backup has. It is what stands between a name in a file and the disk.
func largest(name string) (bytes int64, ok bool) {
	switch name {
	case headerName:
		return maxHeader, true
	case manifestName:
		return maxManifest, true
	case KeyName:
		return maxKey, true
	case TableName:
		return 1 << 62, true // it is bounded by the file, which has it as it is
	}
	object, ok := strings.CutPrefix(name, blobPrefix)
	return blob.MaxBytes, ok && blob.CheckName(object) == nil && strings.Contains(object, "/")
}
