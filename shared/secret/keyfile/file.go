package keyfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// maxKeys is how many keys a file may have.
const maxKeys = 16

// fileState tells whether a file is the one that was read.
type fileState struct {
	size int64
	at   time.Time
}

// Open reads the key file at path. It refuses what is not a plain file of keys of
// exactly 32 bytes, one after the other, that its owner alone may read and write.
func Open(path string) (*Wrap, error) {
	w := &Wrap{path: path}
	return w, w.load()
}

// load reads the file.
func (w *Wrap) load() error {
	info, err := os.Lstat(w.path)
	if err != nil {
		return fmt.Errorf("keyfile: %w", err)
	}
	raw, err := read(w.path)
	if err != nil {
		return err
	}
	defer clear(raw)
	var keys []*master
	for key := range slices.Chunk(raw, keyLen) {
		m, err := newMaster(key)
		if err != nil {
			return err
		}
		keys = append(keys, m)
	}
	w.keys, w.read = keys, fileState{info.Size(), info.ModTime()}
	return nil
}

// reread loads the file again where it is another by now.
func (w *Wrap) reread() bool {
	info, err := os.Lstat(w.path)
	if err != nil || (fileState{info.Size(), info.ModTime()}) == w.read {
		return false
	}
	return w.load() == nil
}

// Rotate puts a new key into the file, which wraps from now on, and returns its
// fingerprint. A process that has the file open finds it there; older keys stay, for
// what they have wrapped and for backups. The file is replaced as a whole, durably.
func Rotate(path string) (print string, err error) {
	raw, err := read(path)
	if err != nil {
		return "", err
	}
	defer clear(raw)
	if len(raw) >= maxKeys*keyLen {
		return "", fmt.Errorf("keyfile: %s has %d keys already: remove old ones first", path, maxKeys)
	}
	key := make([]byte, keyLen)
	defer clear(key)
	rand.Read(key) // never fails (crypto/rand)
	m, err := newMaster(key)
	if err != nil {
		return "", err
	}
	all := slices.Concat(raw, key)
	defer clear(all)
	return m.print(), replace(path, all)
}

// Prune leaves the newest key in the file alone, and returns how many went. What
// they have wrapped opens no more: the caller has looked that nothing is left.
func Prune(path string) (n int, err error) {
	raw, err := read(path)
	if err != nil {
		return 0, err
	}
	defer clear(raw)
	n = len(raw)/keyLen - 1
	if n == 0 {
		return 0, nil
	}
	return n, replace(path, raw[len(raw)-keyLen:])
}

// replace puts other keys into the place of a file, at once.
func replace(path string, keys []byte) error {
	temp, err := writeTemp(path, keys)
	if err != nil {
		return fmt.Errorf("keyfile: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(fmt.Errorf("keyfile: %w", err), os.Remove(temp))
	}
	return syncDir(filepath.Dir(path))
}

// OpenOrCreate opens the key file, or creates it with a new random key where
// there is none. Of several processes that do so at once, one creates it and all
// open the same.
func OpenOrCreate(path string) (*Wrap, error) {
	w, err := Open(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return w, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keyfile: create: %w", err)
	}
	return Open(path)
}

func read(path string) ([]byte, error) {
	// Lstat first: a pipe would block the open, a link would lead elsewhere.
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("keyfile: %s is not a plain file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o177 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("keyfile: %s has mode %04o: others may read it; it must be 0600", path, mode)
	}
	key, err := io.ReadAll(io.LimitReader(f, maxKeys*keyLen+1))
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	if len(key) == 0 || len(key)%keyLen != 0 {
		return nil, fmt.Errorf("keyfile: %s is not a key file: it has to have %d bytes for each key", path, keyLen)
	}
	return key, nil
}

// create writes a key to a temporary file and links it to its name, which fails
// where the name is taken: no reader ever sees half a key, no key is replaced.
func create(path string) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key := make([]byte, keyLen)
	defer clear(key)
	rand.Read(key) // never fails (crypto/rand)
	temp, err := writeTemp(path, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp)) }()
	if err := os.Link(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// writeTemp writes keys, durably, to a new file beside the one that they are for.
func writeTemp(path string, keys []byte) (temp string, err error) {
	temp = filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(keys)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp))
	}
	return temp, nil
}

// syncDir makes the new name durable; Windows does so by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
