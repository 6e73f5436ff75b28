package upkeep

import "fmt"

// Sequence judges archived days of one workspace, the oldest first: each chain has to go
// on where the day before left it. The first day may begin anywhere, since older ones
// may be kept elsewhere.
type Sequence struct {
	day  string
	ends map[int]Chain
}

// Add says where a day does not follow those before; "" where it does.
func (s *Sequence) Add(m Manifest) string {
	if m.Day <= s.day {
		return fmt.Sprintf("%s comes after %s", m.Day, s.day)
	}
	for _, c := range m.chains() {
		before, known := s.ends[c.Shard]
		switch {
		case !known:
		case c.FirstSeq != before.LastSeq+1:
			return fmt.Sprintf("chain %d: %s ends with number %d, %s begins with %d: a day between is missing", c.Shard, s.day, before.LastSeq, m.Day, c.FirstSeq)
		case c.PrevHash != before.LastHash:
			return fmt.Sprintf("chain %d: %s does not go on from the record that %s ends with", c.Shard, m.Day, s.day)
		}
		if s.ends == nil {
			s.ends = map[int]Chain{}
		}
		s.ends[c.Shard] = c
	}
	s.day = m.Day
	return ""
}
