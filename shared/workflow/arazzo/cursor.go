package arazzo

import "strings"

// cursor is a place in a text that is read.
type cursor struct {
	text string
	pos  int
}

func (c *cursor) space() {
	for c.pos < len(c.text) && strings.IndexByte(" \t\r\n", c.text[c.pos]) >= 0 {
		c.pos++
	}
}

// take goes on behind a token, if it is what comes next.
func (c *cursor) take(token string) bool {
	c.space()
	if !strings.HasPrefix(c.text[c.pos:], token) {
		return false
	}
	c.pos += len(token)
	return true
}
