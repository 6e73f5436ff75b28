package catalog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/gzip"
)

// scan reads what writer writes; bad once something did not fit.
type scan struct {
	rest string
	bad  bool
}

func (s *scan) fail() { s.rest, s.bad = "", true }

func (s *scan) int() int {
	n := 0
	for i := 0; i < len(s.rest) && i < 5; i++ {
		c := s.rest[i]
		n |= int(c&0x7f) << (7 * i)
		if c < 0x80 {
			s.rest = s.rest[i+1:]
			return n
		}
	}
	s.fail()
	return 0
}

// below is a number below a limit.
func (s *scan) below(limit int) int {
	n := s.int()
	if n >= limit {
		s.fail()
		return 0
	}
	return n
}

// count is a number of things that follow, each at least a byte long.
func (s *scan) count(most int) int {
	n := s.int()
	if n > len(s.rest) || n > most {
		s.fail()
		return 0
	}
	return n
}

func (s *scan) text() string {
	n := s.count(len(s.rest))
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t
}

func (s *scan) texts() []string {
	n := s.count(len(s.rest))
	if n == 0 {
		return nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = s.text()
	}
	return out
}

// named are texts by their numbers in a list.
func (s *scan) named(list []string) []string {
	n := s.count(len(s.rest))
	if n == 0 {
		return nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = s.one(list)
	}
	return out
}

// one is a text by its number in a list.
func (s *scan) one(list []string) string {
	n := s.int()
	if n >= len(list) {
		s.fail()
		return ""
	}
	return list[n]
}

func (s *scan) float() float64 {
	if len(s.rest) < 8 {
		s.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64([]byte(s.rest[:8])))
	s.rest = s.rest[8:]
	return v
}

// packed is where a part lies among so many bytes.
func (s *scan) packed(bytes, most int) packed {
	p := packed{at: s.int(), packed: s.int(), size: s.int(), count: s.int()}
	if p.at > bytes || p.packed > bytes-p.at || p.size > most || p.size > p.packed*deflateMost || p.count > p.size {
		s.fail()
		return packed{}
	}
	return p
}

// unpack gives the text of size bytes that b holds.
func unpack(b []byte, size int) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrStored, err)
	}
	out := make([]byte, size+1)
	switch n, err := io.ReadFull(z, out); {
	case n != size:
		return "", fmt.Errorf("%w: a part has more or fewer than %d bytes", ErrStored, size)
	case err != io.ErrUnexpectedEOF && err != io.EOF: //nolint:errorlint // ReadFull gives them as they are
		return "", fmt.Errorf("%w: %w", ErrStored, err)
	}
	return string(out[:size]), nil
}
