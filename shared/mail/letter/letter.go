// Package letter owns the words of every message that the product sends, as text
// and as HTML. It addresses nobody, sends nothing and keeps nothing.
package letter

import (
	"html"
	"strings"
)

// Letter is what a message says. Parts come in the order of the fields.
type Letter struct {
	Subject string
	// Before are paragraphs that lead to the link.
	Before []string
	// Action and URL are the one link, its words and its address. Both or none.
	Action, URL string
	// After are paragraphs that follow.
	After []string
}

// Text is the letter for who reads no HTML.
func (l Letter) Text() string {
	var b strings.Builder
	for _, p := range l.Before {
		b.WriteString(p + "\n\n")
	}
	if l.URL != "" {
		b.WriteString(l.Action + ":\n" + l.URL + "\n\n")
	}
	for _, p := range l.After {
		b.WriteString(p + "\n\n")
	}
	b.WriteString("-- \nAPIQ\n")
	return b.String()
}

// Styles stand in the elements: mail programs drop style sheets.
const (
	bodyStyle   = "margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1d2129;background:#ffffff"
	actionStyle = "display:inline-block;padding:8px 16px;border-radius:6px;background:#2f4bd8;color:#ffffff;text-decoration:none"
	footStyle   = "color:#5b6472;font-size:14px"
)

// HTML is the same letter. Nothing in it is loaded from anywhere, and whatever
// people wrote stays text.
func (l Letter) HTML() string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>` + html.EscapeString(l.Subject) + `</title></head><body style="` + bodyStyle + `">`)
	for _, p := range l.Before {
		b.WriteString("<p>" + html.EscapeString(p) + "</p>\n")
	}
	if l.URL != "" {
		url := html.EscapeString(l.URL)
		b.WriteString(`<p><a href="` + url + `" style="` + actionStyle + `">` + html.EscapeString(l.Action) + "</a></p>\n")
		b.WriteString(`<p style="` + footStyle + `">` + url + "</p>\n")
	}
	for _, p := range l.After {
		b.WriteString("<p>" + html.EscapeString(p) + "</p>\n")
	}
	b.WriteString(`<p style="` + footStyle + `">APIQ</p></body></html>` + "\n")
	return b.String()
}

// line makes one line of what people wrote: no control characters, and so many
// letters at most.
func line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 }), " ")
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	if runes := []rune(s); len(runes) > most {
		s = strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return s
}
