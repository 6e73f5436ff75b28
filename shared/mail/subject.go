package mail

import (
	"encoding/base64"
	"mime"
	"slices"
	"strings"
)

// wordBytes make an encoded word of 72 characters; it may have 75 (RFC 2047, 2).
const wordBytes = 45

// EncodeSubject gives a subject the form that it has in a message's header: ASCII
// as it is, all else in encoded words (RFC 2047), and so too what only looks like
// one, which the reader's program would decode.
func EncodeSubject(subject string) string {
	encoded := mime.QEncoding.Encode("utf-8", subject)
	if encoded != subject || !strings.Contains(subject, "=?") {
		return encoded
	}
	var words []string
	for chunk := range slices.Chunk([]byte(subject), wordBytes) {
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString(chunk)+"?=")
	}
	return strings.Join(words, " ")
}
