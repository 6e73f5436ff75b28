package builtin

import (
	"testing"
	"time"
)

var wednesday = time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC)

func TestFindValues(t *testing.T) {
	t.Parallel()
	type found struct {
		kind kind
		text string
	}
	for text, want := range map[string][]found{
		`Send "a b" to ann@example.org`:                    {{kindQuoted, "a b"}, {kindEmail, "ann@example.org"}},
		`Call it 'Bob's list' now`:                         {{kindQuoted, "Bob's list"}},
		"Open https://example.org/a?b=1.":                  {{kindURL, "https://example.org/a?b=1"}},
		"Report 10.0.0.1 for 45 days":                      {{kindIP, "10.0.0.1"}, {kindNumber, "45"}},
		"Pay invoice INV-2024-7 with $1,250.50":            {{kindCode, "INV-2024-7"}, {kindNumber, "1250.50"}},
		"Get order #17":                                    {{kindCode, "17"}},
		"Find songs by Lana Del Rey":                       {{kindProper, "Lana Del Rey"}},
		"Delete 018f5f3e-0000-7000-8000-000000000001":      {{kindUUID, "018f5f3e-0000-7000-8000-000000000001"}},
		"Meet at 10:30 am on 2026-03-05":                   {{kindTime, "10:30 am"}, {kindDate, "2026-03-05"}},
		"Text +1 555 010 2030 the first one":               {{kindPhone, "+1 555 010 2030"}},
		"three books and the second one":                   {{kindNumber, "3"}},
		"nothing here":                                     nil,
		"an unclosed \"quote stays text":                   nil,
		"Show the report of Alice's team for next Friday.": {{kindProper, "Alice"}, {kindDate, "next Friday"}},
	} {
		var got []found
		for _, v := range findValues(text, wednesday) {
			got = append(got, found{v.kind, v.text})
		}
		if len(got) != len(want) {
			t.Errorf("%q: %v, want %v", text, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %v, want %v", text, got, want)
			}
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"today": "2026-03-04", "tomorrow": "2026-03-05", "yesterday": "2026-03-03", "next Friday": "2026-03-06", "next wednesday": "2026-03-11",
		"last Monday": "2026-03-02", "in 3 days": "2026-03-07", "2 weeks ago": "2026-02-18", "next month": "2026-04-04", "July 15th 2023": "2023-07-15",
		"3rd of May, 2027": "2027-05-03", "Sept 9": "2026-09-09", "10/05/2023": "2023-10-05", "2024-02-29": "2024-02-29",
	} {
		at, _, ok := parseDate(text, wednesday)
		if !ok || at.Format(time.DateOnly) != want {
			t.Errorf("%q: %s %v, want %s", text, at.Format(time.DateOnly), ok, want)
		}
	}
	for _, text := range []string{"2023-02-30", "13/40/2023", "someday", "", "next"} {
		if at, _, ok := parseDate(text, wednesday); ok {
			t.Errorf("%q is read as %s", text, at)
		}
	}
	if at, clock, ok := parseDate("2026-03-05T10:30:00Z", wednesday); !ok || !clock || at.Hour() != 10 {
		t.Errorf("with a time: %s %v %v", at, clock, ok)
	}
}

func TestClauses(t *testing.T) {
	t.Parallel()
	p := New(&Options{Now: func() time.Time { return wednesday }})
	for text, want := range map[string][]string{
		"List the books and delete the first one":                                   {"List the books", "delete the first one"},
		"Please list the books, then email them to me. Finally, archive the report": {"list the books", "email them to me", "archive the report"},
		"Show the verse numbers, text, book name and version":                       {"Show the verse numbers, text, book name and version"},
		"I have an account. Can you close it?":                                      {"close it"},
		"I want to see the pictures. Can you help me with that?":                    {"see the pictures"},
		"Using the token \"t1\", can you delete role 5 for me?":                     {"Using the token \"t1\", can you delete role 5 for me"},
		"For each open invoice, send a reminder":                                    {"open invoice", "send a reminder"},
		"Creates, lists and deletes tokens":                                         {"Creates", "lists", "deletes tokens"},
		"Say \"first. then delete everything\" to Bob":                              {"Say \"first. then delete everything\" to Bob"},
		"This workflow allows a user to find a room and book it":                    {"find a room", "book it"},
	} {
		var got []string
		for _, c := range p.read(text).clauses {
			got = append(got, c.text)
		}
		if len(got) != len(want) {
			t.Errorf("%q: %q, want %q", text, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %q, want %q", text, got, want)
				break
			}
		}
	}
}
