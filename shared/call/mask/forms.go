package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// minBase64 is the shortest run of base64 that is looked for: shorter ones occur
// by chance.
const minBase64 = 8

// forms lists how a value may look after it has passed through other software.
func forms(v string) []string {
	out := []string{v, url.QueryEscape(v), url.PathEscape(v), percentAll(v), html.EscapeString(v),
		strings.ReplaceAll(v, "/", `\/`), hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v)))}
	if raw, err := json.Marshal(v); err == nil {
		out = append(out, string(raw[1:len(raw)-1]))
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)
	out = append(out, quoted)
	for _, form := range base64Forms(v) {
		out = append(out, form, url.QueryEscape(form))
	}
	// Percent-encoding is written in both cases.
	for _, form := range out {
		if strings.Contains(form, "%") {
			out = append(out, lowerPercent(form))
		}
	}
	return unique(out)
}

// base64Forms gives the value by itself, and what stays the same of it wherever
// it stands inside longer base64, such as that of "user:password": each of three
// alignments, without the characters that its neighbours share.
func base64Forms(v string) []string {
	var out []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		out = append(out, enc.EncodeToString([]byte(v)))
		for shift := range 3 {
			whole := enc.EncodeToString(append(make([]byte, shift), v...))
			first := (shift*8 + 5) / 6
			last := (shift + len(v)) * 8 / 6
			if last-first >= minBase64 {
				out = append(out, whole[first:last])
			}
		}
	}
	return out
}

func percentAll(v string) string {
	var out strings.Builder
	for i := range len(v) {
		c := v[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

func lowerPercent(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			b[i+1], b[i+2] = lower(b[i+1]), lower(b[i+2])
			i += 2
		}
	}
	return string(b)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'F' {
		return c + 'a' - 'A'
	}
	return c
}

func unique(in []string) []string {
	seen := map[string]bool{}
	out := in[:0:0]
	for _, s := range in {
		if !seen[s] && s != "" {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
