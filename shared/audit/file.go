package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of a file: a record is at most an item of 400 KB.
const maxLine = 1 << 20

// FileVerification is the answer of VerifyFile.
type FileVerification struct {
	Verification
	// Line is that of the first bad record.
	Line int64 `json:"line,omitempty"`
	// Gaps is how many times records are missing between two of one chain: an export
	// that was filtered has gaps, a whole one has none.
	Gaps int64 `json:"gaps"`
	// Chains are the pieces of chains that the file holds.
	Chains []FileChain `json:"chains"`
}

// FileChain is one chain as a file has it: from its first record, with the hash of
// the one before, to its last.
type FileChain struct {
	Shard    int    `json:"shard"`
	Records  int64  `json:"records"`
	FirstSeq int64  `json:"firstSeq"`
	LastSeq  int64  `json:"lastSeq"`
	PrevHash string `json:"prevHash"`
	LastHash string `json:"lastHash"`
}

// VerifyFile checks records outside of any store: an export as NDJSON, newest or
// oldest first, or a file of the archive, unpacked. Each record must be as it was
// written and fit its neighbours of the same chain; the first that does not is named.
// Where a record is missing the chain cannot be followed: that is a gap, and it is
// for the caller to say whether there may be any. An error is the reader's.
func VerifyFile(r io.Reader) (FileVerification, error) {
	v := FileVerification{Chains: []FileChain{}}
	var chains [shards]fileChain
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		raw, err := lines.ReadSlice('\n')
		v.Line++
		if errors.Is(err, bufio.ErrBufferFull) {
			return v.bad("", 0, "the line is longer than any record"), nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return v, err
		}
		if len(raw) == 0 {
			break
		}
		cut := errors.Is(err, io.EOF)
		line, ended := bytes.CutSuffix(raw, []byte("\n"))
		var rec Record
		switch {
		case cut && !ended && json.Unmarshal(line, &rec) != nil:
			return v.bad("", 0, "the file ends within a record"), nil
		case json.Unmarshal(line, &rec) != nil:
			return v.bad("", 0, "the record cannot be read"), nil
		case rec.Shard < 0 || rec.Shard >= shards || rec.Seq < 1:
			return v.bad(rec.ID, rec.Seq, "the record names a chain or a place that there is not"), nil
		case !rec.whole(line):
			v.Shard = rec.Shard
			return v.bad(rec.ID, rec.Seq, changedRecord), nil
		}
		why := chains[rec.Shard].add(rec, &v.Gaps)
		if why != "" {
			v.Shard = rec.Shard
			return v.bad(rec.ID, rec.Seq, why), nil
		}
		v.Records++
		if cut {
			break
		}
	}
	for shard, c := range chains {
		if c.records > 0 {
			v.Chains = append(v.Chains, FileChain{shard, c.records, c.first.Seq, c.last.Seq, c.first.PrevHash, c.last.Hash})
		}
	}
	v.OK, v.Line = true, 0
	return v, nil
}

func (v FileVerification) bad(id string, seq int64, why string) FileVerification {
	v.FirstBad, v.Seq, v.Reason = id, seq, why
	return v
}

// fileChain is one chain while a file is read, in either direction.
type fileChain struct {
	records     int64
	first, last Record // by number
	direction   int    // 1 oldest first, -1 newest first, 0 not known yet
}

// add takes the next record and says why it does not fit.
func (c *fileChain) add(rec Record, gaps *int64) string {
	c.records++
	if c.records == 1 {
		c.first, c.last = rec, rec
		return ""
	}
	if c.direction == 0 {
		c.direction = 1
		if rec.Seq < c.last.Seq {
			c.direction = -1
		}
	}
	older, newer := c.last, rec
	if c.direction < 0 {
		older, newer = rec, c.first
	}
	switch {
	case newer.Seq <= older.Seq:
		return fmt.Sprintf("record %d is there twice or out of place", rec.Seq)
	case newer.Seq > older.Seq+1:
		*gaps++
	case newer.PrevHash != older.Hash:
		return brokenLink
	}
	if c.direction > 0 {
		c.last = rec
	} else {
		c.first = rec
	}
	return ""
}
