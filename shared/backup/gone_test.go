package backup_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/identity"
)

// TestGone: the list holds what was added, in order, whatever a crash left of a line.
func TestGone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if all, err := backup.Gone(folder); err != nil || len(all) != 0 {
		t.Errorf("no list: %v, %v", all, err)
	}
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	one, two := identity.Gone{Kind: identity.GoneWorkspace, ID: "wsp_1", At: at}, identity.Gone{Kind: identity.GoneAccount, ID: "usr_1", At: at}
	note := func(g identity.Gone) {
		t.Helper()
		if err := backup.NoteGone(folder, g); err != nil {
			t.Fatal(err)
		}
	}
	note(one)
	path := filepath.Join(folder, backup.GoneName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(raw, `{"kind":"workspace","id":"wsp_to`...), 0o600); err != nil {
		t.Fatal(err)
	}
	note(two)
	if all, err := backup.Gone(folder); err != nil || !slices.Equal(all, []identity.Gone{one, two}) {
		t.Errorf("%v, %v", all, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
