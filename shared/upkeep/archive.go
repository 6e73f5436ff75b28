package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/table"
)

// ActionArchive is the action of the record that an archived day leaves.
const ActionArchive = "audit.archive"

// Days gives the records of a day, oldest first, each checked against the one
// before it; audit.ErrBroken where one does not fit.
type Days interface {
	Trail
	Day(ctx context.Context, day time.Time) iter.Seq2[audit.Record, error]
}

// Objects is the store of the archive. Nothing in it is ever replaced or deleted.
type Objects interface {
	Create(ctx context.Context, name string, r io.Reader) (blob.Info, error)
	Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error)
}

// ArchiveOptions of an Archive.
type ArchiveOptions struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// PartBytes is about how many unpacked bytes an object gets. It must stay the
	// same for a day to be archived again. Defaults to 32 MiB.
	PartBytes int
}

// Archive writes days of the trails, those of all workspaces and the system's,
// where nobody changes them any more.
type Archive struct {
	workspaces Workspaces
	trail      Days
	objects    Objects
	store      *table.Store
	o          ArchiveOptions
}

// NewArchive makes an Archive.
func NewArchive(w Workspaces, trail Days, objects Objects, store *table.Store, opts *ArchiveOptions) *Archive {
	o := ArchiveOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PartBytes <= 0 {
		o.PartBytes = 32 << 20
	}
	return &Archive{withSystem{w}, trail, objects, store, o}
}

// ArchiveCall archives one workspace's day: op "run".
type ArchiveCall struct {
	Op        string `json:"op"`
	Workspace string `json:"workspace"`
	Day       string `json:"day"` // 2006-01-02, UTC
}

// ArchiveDone is what was archived.
type ArchiveDone struct {
	Records  int    `json:"records"`
	Manifest string `json:"manifest"` // its name, "" where the day has no record
}

// Handle serves task-audit-archive.
func (a *Archive) Handle(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	run := func(ctx context.Context, in ArchiveCall) (ArchiveDone, error) {
		return a.Run(ctx, in.Workspace, in.Day)
	}
	return operations{"list": operation(list(a.workspaces)), "run": operation(run)}.serve(ctx, payload)
}

// Everywhere archives the last day that is over, of all workspaces, in one process.
func (a *Archive) Everywhere(ctx context.Context) error {
	day := a.o.Now().UTC().Add(-audit.Settled - 24*time.Hour).Format(time.DateOnly)
	return each(ctx, a.workspaces, func(ctx context.Context, workspace string) error {
		_, err := a.Run(ctx, workspace, day)
		return err
	})
}

// Manifest describes an archived day. Its parts, one after the other and
// unpacked, are the records as they are kept, one JSON document a line, one chain
// after the other; each chain can be followed from its PrevHash to its LastHash.
// Version 1 is of a day with records in chain 0 only, and describes that in place;
// version 2 has a list of Chains.
type Manifest struct {
	Version   int    `json:"version"`
	Workspace string `json:"workspace"`
	Day       string `json:"day"`
	Records   int    `json:"records"`
	FirstSeq  int64  `json:"firstSeq"`
	LastSeq   int64  `json:"lastSeq"`
	PrevHash  string `json:"prevHash"` // of the record before the first, "" for the chain's first
	LastHash  string `json:"lastHash"`
	// Chains are those that the day has records of, in a manifest of version 2.
	Chains []Chain `json:"chains,omitempty"`
	Parts  []Part  `json:"parts"`
}

// Chain is a day's piece of one of the workspace's chains.
type Chain struct {
	Shard    int    `json:"shard"`
	Records  int    `json:"records"`
	FirstSeq int64  `json:"firstSeq"`
	LastSeq  int64  `json:"lastSeq"`
	PrevHash string `json:"prevHash"`
	LastHash string `json:"lastHash"`
}

// Part is one object of an archived day.
type Part struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`  // unpacked
	SHA256  string `json:"sha256"` // of the unpacked bytes, in hexadecimal
}

// chains lists them for either version.
func (m Manifest) chains() []Chain {
	if m.Version == 1 && m.Records > 0 {
		return []Chain{{0, m.Records, m.FirstSeq, m.LastSeq, m.PrevHash, m.LastHash}}
	}
	return m.Chains
}

func archivedKey(day string) table.Key { return table.Key{PK: "UPKEEP", SK: "archived#" + day} }

// Run archives a day of a workspace: the parts, then the manifest, then, once both
// were read back, the note that it is done, with its record. Done again it writes
// and reads back the same and leaves no second record. A day without records
// leaves nothing. Refused are: a day that is not over, a broken chain, and an
// archive that holds something else under the day's names.
func (a *Archive) Run(ctx context.Context, workspace, day string) (ArchiveDone, error) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ArchiveDone{}, refused("%.20q is not a day", day)
	}
	if a.o.Now().Before(at.Add(24*time.Hour + audit.Settled)) {
		return ArchiveDone{}, refused("the day %s is not over yet", day)
	}
	ctx = within(ctx, workspace)
	m, err := a.write(ctx, workspace, day, at)
	if errors.Is(err, audit.ErrBroken) {
		err = refused("%v", err)
	}
	if err != nil || m.Records == 0 {
		return ArchiveDone{}, err
	}
	name := manifestName(day)
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return ArchiveDone{}, err
	}
	if err := a.keep(ctx, name, raw); err != nil {
		return ArchiveDone{}, err
	}
	done := ArchiveDone{Records: m.Records, Manifest: name}
	note, err := table.JSONItem(archivedKey(day), m)
	if err != nil {
		return done, err
	}
	e := audit.Entry{Action: ActionArchive, Resource: day, Message: "Archived the trail of " + day, Details: map[string]any{
		"manifest": name, "records": m.Records, "chains": m.chains()}}
	err = a.trail.Commit(ctx, []table.Op{table.Put(note, table.Absent())}, e)
	if errors.Is(err, table.ErrCondition) {
		err = nil // archived before
	}
	return done, err
}
