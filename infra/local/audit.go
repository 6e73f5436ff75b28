package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/upkeep"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check an export of the audit trail, or a day of its archive, without a server and without the data folder."`
}

type auditVerifyCmd struct {
	File  string `arg:"" help:"An export (NDJSON, also gzipped), the manifest.json of an archived day with its parts beside it, or a folder with days of the archive."`
	Whole bool   `help:"Fail where records are missing between others: a filtered export has such gaps, a whole one has none."`
}

// Help says what is found and what cannot be.
func (auditVerifyCmd) Help() string {
	return "Each record carries the hash of the one before it in its chain. What is found: any byte changed, a record put in, moved or there twice, and, as a gap, one taken out. " +
		"What is not: records cut off at either end of a chain. Compare the first and last numbers and hashes that are printed with those of another export or of the archive's manifests.\n\n" +
		"Exit status: 0 all fits, 1 something does not, named with its line, 2 not such a file."
}

// Run verifies the file.
func (c auditVerifyCmd) Run(s streams) (err error) {
	if filepath.Base(c.File) == manifestName {
		_, err := verifyDay(s, c.File)
		return err
	}
	if info, err := os.Stat(c.File); err == nil && info.IsDir() {
		return verifyDays(s, c.File)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := unpacked(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	v, err := audit.VerifyFile(r)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return tellVerified(s, c.File, v, c.Whole)
}

// unpacked reads through gzip where the file is packed.
func unpacked(f io.ReadSeeker) (io.Reader, error) {
	var magic [2]byte
	_, _ = io.ReadFull(f, magic[:]) // a shorter file is not packed
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if magic != [2]byte{0x1f, 0x8b} {
		return f, nil
	}
	return gzip.NewReader(f)
}

func tellVerified(s streams, name string, v audit.FileVerification, whole bool) error {
	if !v.OK {
		fmt.Fprintf(s.out, "%s: line %d", name, v.Line)
		if v.FirstBad != "" {
			fmt.Fprintf(s.out, ", record %s (chain %d, number %d)", v.FirstBad, v.Shard, v.Seq)
		}
		fmt.Fprintf(s.out, ": %s. %d records before it fit.\n", v.Reason, v.Records)
		return errFailed
	}
	fmt.Fprintf(s.out, "%s: %d records fit, %d gaps.\n", name, v.Records, v.Gaps)
	for _, c := range v.Chains {
		fmt.Fprintf(s.out, "  chain %d: %d records, %d to %d, follows %s, ends with %s\n", c.Shard, c.Records, c.FirstSeq, c.LastSeq, orStart(c.PrevHash), c.LastHash)
	}
	if whole && v.Gaps > 0 {
		fmt.Fprintln(s.out, "Records are missing between others.")
		return errFailed
	}
	return nil
}

func orStart(hash string) string {
	if hash == "" {
		return "nothing (the chain's first)"
	}
	return hash
}

// maxManifest bounds a manifest: a day has few parts.
const maxManifest = 4 << 20

// manifestName is the file that describes an archived day.
const manifestName = "manifest.json"

// verifyDays checks all archived days below a folder, and that they follow each other.
func verifyDays(s streams, folder string) error {
	var names []string // by path: within a workspace that is by day
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == manifestName {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s holds no archived day: none of its files is called %s", folder, manifestName)
	}
	workspaces := map[string]*upkeep.Sequence{}
	for _, name := range names {
		m, err := verifyDay(s, name)
		if err != nil {
			return err
		}
		if workspaces[m.Workspace] == nil {
			workspaces[m.Workspace] = &upkeep.Sequence{}
		}
		if why := workspaces[m.Workspace].Add(m); why != "" {
			fmt.Fprintf(s.out, "%s: %s\n", name, why)
			return errFailed
		}
	}
	fmt.Fprintf(s.out, "%s: %d days of %d workspaces fit, and follow each other.\n", folder, len(names), len(workspaces))
	return nil
}

// verifyDay checks an archived day: the parts are the manifest's, and what is in them
// are its pieces of the chains, without a gap.
func verifyDay(s streams, name string) (m upkeep.Manifest, err error) {
	f, err := os.Open(name)
	if err != nil {
		return m, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Version < 1 || m.Version > 2 {
		return m, fmt.Errorf("%s is not the manifest of an archived day", name)
	}
	v, err := audit.VerifyFile(&parts{folder: filepath.Dir(name), left: m.Parts})
	if err != nil {
		return m, err
	}
	if err := tellVerified(s, name, v, true); err != nil {
		return m, err
	}
	if why := m.Differs(v); why != "" {
		fmt.Fprintf(s.out, "%s: %s\n", name, why)
		return m, errFailed
	}
	return m, nil
}

// parts reads the parts of a day one after the other; one is in memory at a time.
type parts struct {
	folder string
	left   []upkeep.Part
	now    bytes.Reader
}

func (p *parts) Read(b []byte) (int, error) {
	for p.now.Len() == 0 {
		if len(p.left) == 0 {
			return 0, io.EOF
		}
		next := p.left[0]
		raw, err := readPart(filepath.Join(p.folder, filepath.Base(next.Name)), next)
		if err != nil {
			return 0, err
		}
		p.left = p.left[1:]
		p.now.Reset(raw)
	}
	return p.now.Read(b)
}

func readPart(name string, p upkeep.Part) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := p.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return raw, nil
}
