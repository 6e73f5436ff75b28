package quota

import (
	"strconv"
	"strings"
)

// Meaning says what is counted, for people: "runs of the day".
func (k Kind) Meaning() string {
	switch k {
	case Runs:
		return "runs of the day"
	case Tokens:
		return "planning model's tokens of the day"
	case Storage:
		return "storage"
	case Requests:
		return "requests a minute"
	}
	return string(k)
}

// Amount is a number of the kind, for people: "12,000", "5.2 GB".
func (k Kind) Amount(n int64) string {
	if k == Storage {
		return bytes(n)
	}
	return grouped(n)
}

// grouped writes thousands apart.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	text := strconv.FormatInt(n, 10)
	var parts []string
	for len(text) > 3 {
		parts, text = append([]string{text[len(text)-3:]}, parts...), text[:len(text)-3]
	}
	return strings.Join(append([]string{text}, parts...), ",")
}

// bytes writes a size as people read it: with one digit behind the point at most.
func bytes(n int64) string {
	if n < 1000 {
		return grouped(max(0, n)) + " bytes"
	}
	size, name := float64(n), ""
	for _, u := range units {
		if n >= u.bytes {
			size, name = float64(n)/float64(u.bytes), u.name
		}
	}
	return strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0") + " " + name
}
