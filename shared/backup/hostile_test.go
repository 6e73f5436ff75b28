package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/backup"
)

// forger writes entries and notes what its manifest has to say.
type forger struct {
	t     testing.TB
	w     *tar.Writer
	files []backup.File
}

func (f *forger) add(h tar.Header, content string) {
	f.t.Helper()
	if h.Typeflag == 0 {
		h.Typeflag = tar.TypeReg
	}
	if h.Typeflag == tar.TypeReg {
		h.Size = int64(len(content))
	} else {
		content = ""
	}
	h.Mode = 0o600
	if err := f.w.WriteHeader(&h); err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.w.Write([]byte(content)); err != nil {
		f.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	f.files = append(f.files, backup.File{Name: h.Name, Size: h.Size, SHA256: hex.EncodeToString(sum[:])})
}

func (f *forger) file(name, content string) { f.t.Helper(); f.add(tar.Header{Name: name}, content) }

func (f *forger) manifest() {
	f.t.Helper()
	raw, err := json.Marshal(map[string]any{"files": f.files})
	if err != nil {
		f.t.Fatal(err)
	}
	f.file("manifest.json", string(raw))
}

const header = `{"format":1,"program":"x","createdAt":"2026-11-26T00:00:00Z"}`

// TestHostile: files whose sums are right and whose entries are not. Nothing of
// them comes to the disk.
func TestHostile(t *testing.T) {
	t.Parallel()
	with := func(h tar.Header, content string) func(*forger) {
		return func(f *forger) {
			f.file("apiq-backup.json", header)
			f.file("apiq.db", "table")
			f.add(h, content)
			f.manifest()
		}
	}
	cases := map[string]struct {
		forge func(*forger)
		want  error // nil: it is fine
	}{
		"fine": {with(tar.Header{Name: "blobs/wsp_1/a"}, "x"), nil},
		"a newer form": {func(f *forger) {
			f.file("apiq-backup.json", `{"format":2,"program":"99","more":true}`)
			f.file("what is in it", "is not known")
		}, backup.ErrNewer},
		"no form":                {func(f *forger) { f.file("apiq-backup.json", `{}`); f.file("apiq.db", "table"); f.manifest() }, backup.ErrDamaged},
		"no header":              {func(f *forger) { f.file("apiq.db", "table"); f.manifest() }, backup.ErrForeign},
		"another tar":            {func(f *forger) { f.file("notes.txt", "x") }, backup.ErrForeign},
		"a long header":          {func(f *forger) { f.file("apiq-backup.json", header+strings.Repeat(" ", 1<<17)) }, backup.ErrForeign},
		"no manifest":            {func(f *forger) { f.file("apiq-backup.json", header); f.file("apiq.db", "table") }, backup.ErrDamaged},
		"no table":               {func(f *forger) { f.file("apiq-backup.json", header); f.file("blobs/w/a", "x"); f.manifest() }, backup.ErrDamaged},
		"a table that is none":   {func(f *forger) { f.file("apiq-backup.json", header); f.file("apiq.db", "x"); f.manifest() }, errUnsound},
		"a key that is not told": {with(tar.Header{Name: "master.key"}, key), backup.ErrDamaged},
		"behind the manifest": {func(f *forger) {
			with(tar.Header{Name: "blobs/w/a"}, "x")(f)
			f.file("blobs/w/b", "x")
		}, backup.ErrDamaged},
		"not in the manifest": {func(f *forger) {
			f.file("apiq-backup.json", header)
			f.file("apiq.db", "table")
			f.file("blobs/w/a", "x")
			f.files = f.files[:2]
			f.manifest()
		}, backup.ErrDamaged},
		"missing": {func(f *forger) {
			f.file("apiq-backup.json", header)
			f.file("apiq.db", "table")
			f.files = append(f.files, backup.File{Name: "blobs/w/a"})
			f.manifest()
		}, backup.ErrDamaged},
		"other bytes than in the manifest": {func(f *forger) {
			f.file("apiq-backup.json", header)
			f.file("apiq.db", "table")
			f.files[1].SHA256 = strings.Repeat("0", 64)
			f.manifest()
		}, backup.ErrDamaged},
		"a manifest of nonsense": {func(f *forger) {
			f.file("apiq-backup.json", header)
			f.file("apiq.db", "table")
			f.file("manifest.json", "{")
		}, backup.ErrDamaged},
		"twice":       {with(tar.Header{Name: "apiq.db"}, "table too"), backup.ErrDamaged},
		"a link":      {with(tar.Header{Name: "blobs/w/a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""), backup.ErrDamaged},
		"a hard link": {with(tar.Header{Name: "blobs/w/a", Typeflag: tar.TypeLink, Linkname: "apiq.db"}, ""), backup.ErrDamaged},
		"a folder":    {with(tar.Header{Name: "blobs/w/a", Typeflag: tar.TypeDir}, ""), backup.ErrDamaged},
		"a device":    {with(tar.Header{Name: "blobs/w/a", Typeflag: tar.TypeChar}, ""), backup.ErrDamaged},
		"attributes":  {with(tar.Header{Name: "blobs/w/a", PAXRecords: map[string]string{"comment": "x"}}, "x"), backup.ErrDamaged},
		"GNU's form":  {with(tar.Header{Name: "blobs/w/a", Format: tar.FormatGNU}, "x"), backup.ErrDamaged},
		"too large":   {with(tar.Header{Name: "blobs/w/a"}, strings.Repeat("x", 64<<20+1)), backup.ErrDamaged},
		"a long key":  {with(tar.Header{Name: "master.key"}, strings.Repeat("x", 5000)), backup.ErrDamaged},
	}
	for _, name := range []string{"../x", "/etc/x", "blobs/../x", "blobs/w/../../x", "blobs/w/..", "blobs//x", "blobs/w", "blobs", "./apiq.db", "apiq.db/x", `blobs\w\x`,
		`blobs/w\..\x`, "C:/x", "blobs/w/C:", "blobs/w/a b", "blobs/w/a+", "blobs/~temp/x", "apiq.lock", "apiq.db-wal", "SHA256", "blobs/w/" + strings.Repeat("a", 129)} {
		cases["named "+name] = struct {
			forge func(*forger)
			want  error
		}{with(tar.Header{Name: name}, "x"), backup.ErrDamaged}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, forge(t, func(w *tar.Writer) { c.forge(&forger{t: t, w: w}) }), c.want)
		})
	}
	t.Run("holes", func(t *testing.T) {
		t.Parallel()
		var b bytes.Buffer
		f := &forger{t: t, w: tar.NewWriter(&b)}
		// The writer refuses to write these by their own names.
		with(tar.Header{Name: "blobs/w/a", PAXRecords: map[string]string{"GNUxsparse.major": "1", "GNUxsparse.minor": "0", "GNUxsparse.name": "apiq.db",
			"GNUxsparse.realsize": "1099511627776"}}, "0\n"+strings.Repeat("\x00", 510))(f)
		if err := f.w.Flush(); err != nil {
			t.Fatal(err)
		}
		refused(t, sealed(t, bytes.ReplaceAll(b.Bytes(), []byte("GNUxsparse"), []byte("GNU.sparse"))), backup.ErrDamaged)
	})
	t.Run("no bytes", func(t *testing.T) {
		t.Parallel()
		refused(t, sealed(t, nil), backup.ErrForeign)
	})
	t.Run("a folder", func(t *testing.T) {
		t.Parallel()
		if _, err := backup.Verify(t.Context(), t.TempDir(), nil); err == nil {
			t.Error("a folder is a backup")
		}
	})
}

// refused restores a file, and looks that nothing is there afterwards.
func refused(t *testing.T, path string, want error) {
	t.Helper()
	parent := t.TempDir()
	folder := filepath.Join(parent, "data")
	h := home()
	open := h.OpenBlobs
	h.OpenBlobs = func(path string) (backup.Blobs, error) {
		if want != nil && !errors.Is(want, errUnsound) {
			t.Error("something of it came to the disk")
		}
		return open(path)
	}
	_, err := backup.Restore(t.Context(), path, folder, "", h, nil)
	if !errors.Is(err, want) {
		t.Errorf("restored: %v, want %v", err, want)
	}
	if want != nil {
		nothing(t, parent)
		return
	}
	if got := files(t, folder); got["apiq.db"] != "table" {
		t.Errorf("restored %v", got)
	}
}

// FuzzVerify: whatever the bytes are, reading them ends, and only what could have
// been written is whole.
func FuzzVerify(f *testing.F) {
	for _, withKey := range []bool{false, true} {
		path, _ := write(f, source(withKey))
		whole, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole[:len(whole)-2048])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sum, err := backup.VerifyBytes(t.Context(), backup.Seal(t, body))
		if err == nil && (sum.Format != 1 || sum.Table > int64(len(body))) {
			t.Errorf("whole: %+v", sum)
		}
	})
}
