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
)

// Open reads the key file at path. It refuses what is not a plain file of exactly
// 32 bytes that its owner alone may read and write.
func Open(path string) (*Wrap, error) {
	key, err := read(path)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return newWrap(key)
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
	key, err := io.ReadAll(io.LimitReader(f, keyLen+1))
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	if len(key) != keyLen {
		return nil, fmt.Errorf("keyfile: %s is not a key file of %d bytes", path, keyLen)
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
	temp := filepath.Join(dir, "."+filepath.Base(path)+"."+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp)) }()
	key := make([]byte, keyLen)
	defer clear(key)
	rand.Read(key) // never fails (crypto/rand)
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
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
