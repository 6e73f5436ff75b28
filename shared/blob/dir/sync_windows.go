package dir

import "os"

// sync does nothing: NTFS journals names by itself, and refuses to flush a folder.
func sync(*os.File) error { return nil }
