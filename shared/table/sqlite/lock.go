package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// lockName is the file in the data folder that its one process holds locked.
const lockName = "apiq.lock"

// LockedError says that another process has the folder open.
type LockedError struct {
	Dir string
	// PID is the holder as it wrote itself down, "" where it can't be read.
	PID string
}

func (e *LockedError) Error() string {
	holder := ""
	if e.PID != "" {
		holder = " (process " + e.PID + ")"
	}
	return fmt.Sprintf("the data folder %s is in use by another apiq%s: stop it first, or choose another folder", e.Dir, holder)
}

type folderLock struct{ file *os.File }

// lockFolder takes the folder for this process. The system lets go of the lock
// when the process ends, however it ends; the file itself stays.
func lockFolder(dir string) (*folderLock, error) {
	name := filepath.Join(dir, lockName)
	f, locked, err := openLocked(name)
	if err != nil {
		return nil, fmt.Errorf("sqlite: lock %s: %w", name, err)
	}
	if !locked {
		return nil, &LockedError{Dir: dir, PID: readPID(name)}
	}
	if err := writePID(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("sqlite: lock %s: %w", name, err)
	}
	return &folderLock{file: f}, nil
}

// release lets go at once: a process that is being started at this moment has the
// file too until it becomes its own program, and closing alone would leave it the lock.
func (l *folderLock) release() error { return errors.Join(unlock(l.file), l.file.Close()) }

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

func readPID(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, 20))
	return strings.TrimSpace(string(b))
}
