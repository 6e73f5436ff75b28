package upkeep

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/blob"
)

func dayFolder(day string) string    { return "archive/" + strings.ReplaceAll(day, "-", "/") }
func manifestName(day string) string { return dayFolder(day) + "/manifest.json" }
func partName(day string, n int) string {
	return fmt.Sprintf("%s/%04d.ndjson.gz", dayFolder(day), n)
}

// part is one object in the making.
type part struct {
	Part
	packed bytes.Buffer
	zip    *gzip.Writer
	sum    hash.Hash
}

func newPart(name string) *part {
	p := &part{Part: Part{Name: name}, sum: sha256.New()}
	p.zip = gzip.NewWriter(&p.packed) // no name and no time in its header: the same bytes each time
	return p
}

func (p *part) add(line []byte) error {
	p.Records++
	p.Bytes += int64(len(line))
	p.sum.Write(line) // a hash never fails
	_, err := p.zip.Write(line)
	return err
}

// write stores the parts of a day and returns its manifest.
func (a *Archive) write(ctx context.Context, workspace, day string, at time.Time) (Manifest, error) {
	m := Manifest{Version: 1, Workspace: workspace, Day: day, Parts: []Part{}}
	var chains []Chain
	var p *part
	flush := func() error {
		if p == nil {
			return nil
		}
		done, err := a.flush(ctx, p)
		m.Parts, p = append(m.Parts, done), nil
		return err
	}
	for rec, err := range a.trail.Day(ctx, at) {
		if err != nil {
			return m, err
		}
		line, err := json.Marshal(rec) // the bytes that were hashed: Day has compared them
		if err != nil {
			return m, err
		}
		if n := len(chains); n == 0 || chains[n-1].Shard != rec.Shard {
			chains = append(chains, Chain{Shard: rec.Shard, FirstSeq: rec.Seq, PrevHash: rec.PrevHash})
		}
		c := &chains[len(chains)-1]
		c.Records, c.LastSeq, c.LastHash = c.Records+1, rec.Seq, rec.Hash
		m.Records++
		if p == nil {
			p = newPart(partName(day, len(m.Parts)+1))
		}
		if err := p.add(append(line, '\n')); err != nil {
			return m, err
		}
		if p.Bytes < int64(a.o.PartBytes) {
			continue
		}
		if err := flush(); err != nil {
			return m, err
		}
	}
	if len(chains) == 1 && chains[0].Shard == 0 { // as before there were several: a day that was archived then stays the same
		c := chains[0]
		m.FirstSeq, m.LastSeq, m.PrevHash, m.LastHash = c.FirstSeq, c.LastSeq, c.PrevHash, c.LastHash
	} else if len(chains) > 0 {
		m.Version, m.Chains = 2, chains
	}
	return m, flush()
}

// flush stores a part and reads it back.
func (a *Archive) flush(ctx context.Context, p *part) (Part, error) {
	if err := p.zip.Close(); err != nil {
		return p.Part, err
	}
	p.SHA256 = hex.EncodeToString(p.sum.Sum(nil))
	if err := a.create(ctx, p.Name, p.packed.Bytes()); err != nil {
		return p.Part, err
	}
	kept, err := a.read(ctx, p.Name, blob.MaxBytes)
	if err != nil {
		return p.Part, err
	}
	// What is inside counts: another version of the packer may pack otherwise.
	z, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil {
		return p.Part, differs(p.Name)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(z, p.Bytes+1))
	if err != nil || n != p.Bytes || hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return p.Part, differs(p.Name)
	}
	return p.Part, nil
}

// keep stores an object and compares what is there then.
func (a *Archive) keep(ctx context.Context, name string, raw []byte) error {
	if err := a.create(ctx, name, raw); err != nil {
		return err
	}
	kept, err := a.read(ctx, name, int64(len(raw))+1)
	if err == nil && !bytes.Equal(kept, raw) {
		err = differs(name)
	}
	return err
}

// read reads at most limit bytes of an object.
func (a *Archive) read(ctx context.Context, name string, limit int64) ([]byte, error) {
	r, _, err := a.objects.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, limit))
}

// create leaves what is there already: it is compared afterwards.
func (a *Archive) create(ctx context.Context, name string, raw []byte) error {
	_, err := a.objects.Create(ctx, name, bytes.NewReader(raw))
	if errors.Is(err, blob.ErrExists) {
		return nil
	}
	return err
}

func differs(name string) error {
	return refused("the archive holds something else under %s", name)
}
