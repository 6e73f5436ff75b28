//go:build unix

package dir

import "os"

// sync makes the names in an open folder durable.
func sync(folder *os.File) error { return folder.Sync() }
