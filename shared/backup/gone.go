package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/apiq/apiq/shared/identity"
)

// GoneName is the file of a data folder that lists what was erased for good. It is in no
// backup: it speaks of what older ones still hold.
const GoneName = "erased.ndjson"

// maxGone bounds the list: a line has about a hundred bytes.
const maxGone = 64 << 20

// NoteGone adds to the list of a folder, durably. One process at a time may.
func NoteGone(folder string, g identity.Gone) (err error) {
	line, err := json.Marshal(g)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, GoneName)
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh := err != nil
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n := len(before); n > 0 && before[n-1] != '\n' { // what a crash has torn ends here
		line = slices.Concat([]byte("\n"), line)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := f.Sync(); err != nil || !fresh {
		return err
	}
	return syncDir(folder)
}

// Gone is the list of a folder, none where it has no such file. A line that a crash has
// torn is passed over: what it was to tell of was not done, and is told of again.
func Gone(folder string) ([]identity.Gone, error) {
	f, err := os.Open(filepath.Join(folder, GoneName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxGone+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxGone {
		return nil, fmt.Errorf("%s is longer than such a list can be", f.Name())
	}
	var all []identity.Gone
	for line := range bytes.Lines(raw) {
		var g identity.Gone
		if json.Unmarshal(line, &g) == nil && g.ID != "" && (g.Kind == identity.GoneWorkspace || g.Kind == identity.GoneAccount) {
			all = append(all, g)
		}
	}
	return all, nil
}
