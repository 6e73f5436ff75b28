package sqlite

import (
	"errors"
	"os"
	"syscall"
)

const errorSharingViolation = syscall.Errno(32)

// openLocked opens the file so that others may read it but not write it; locked
// is false where another open file has it.
func openLocked(name string) (f *os.File, locked bool, err error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, false, err
	}
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ,
		nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errorSharingViolation) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return os.NewFile(uintptr(h), name), true, nil
}

// syncDir does nothing: NTFS journals names by itself.
func syncDir(string) error { return nil }

// unlock does nothing: closing the file is enough where nothing is forked.
func unlock(*os.File) error { return nil }
