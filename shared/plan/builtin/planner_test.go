package builtin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func now() time.Time { return time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC) } // a Wednesday

func entry(t testing.TB, name, file string) catalog.Entry {
	t.Helper()
	return catalog.Entry{Connection: "con_" + name, Name: name, API: plantest.API(t, spectest.Open(t, "../testdata/"+file))}
}

func both(t testing.TB) *catalog.Set {
	return catalog.NewSet(entry(t, "Library", "library.yaml"), entry(t, "Courier", "courier.yaml"))
}

// lines writes a draft as a person would check it.
func lines(d *draft.Draft) []string {
	var out []string
	for _, s := range d.Steps {
		if s.Approval != "" {
			out = append(out, "approval "+s.Approval)
			continue
		}
		line := s.Op.ID()
		if s.Guard != nil {
			line += " if " + s.Guard.Left.Expression(nil) + s.Guard.Op + string(s.Guard.Right)
		}
		if s.Loop != nil {
			line += " each " + s.Loop.Over.Expression(nil)
		}
		for _, a := range s.Args {
			v := string(a.Value.Literal)
			switch {
			case a.Value.Input != nil:
				v = "?" + a.Value.Input.Name
			case a.Value.Ref != nil:
				v = a.Value.Ref.Expression(s.Loop)
			}
			line += " " + strings.Join(a.Path, ".") + "=" + v
		}
		out = append(out, line)
	}
	return out
}

func TestPlan(t *testing.T) {
	t.Parallel()
	set := both(t)
	for _, tt := range []struct {
		goal string
		want []string
	}{
		{"List the books", []string{"listBooks"}},
		{"Show me 5 poetry books", []string{"listBooks genre=\"poetry\" limit=5"}},
		{"Get the book with id 42", []string{"getBook bookId=42"}},
		{"Delete book #42", []string{"deleteBook bookId=42"}},
		{"Delete a book", []string{"deleteBook bookId=?bookId"}},
		{`Add a science book titled "On Growth and Form"`, []string{`createBook title="On Growth and Form" genre="science"`}},
		{`Add a crime book named 'The Long Goodbye' with 320 pages`, []string{`createBook title="The Long Goodbye" genre="crime" pages=320`}},
		{"Add a book", []string{"createBook title=?book_title genre=?book_genre"}},
		{`Send an email to ann@example.org with subject "Closed" and body "We are closed on Monday."`,
			[]string{`sendEmail to="ann@example.org" subject="Closed" body="We are closed on Monday."`}},
		{`Find the member with email ann@example.org and lend book 7 to them until 2026-04-01`,
			[]string{`listMembers email="ann@example.org"`, `createLoan bookId=7 memberId={% $list_members[0].id %} dueDate="2026-04-01"`}},
		{`List crime books, then delete each of them`,
			[]string{`listBooks genre="crime"`, `deleteBook each {% $list_books.data %} bookId={% $book.id %}`}},
		{`For each science book, delete it`,
			[]string{`listBooks genre="science"`, `deleteBook each {% $list_books.data %} bookId={% $book.id %}`}},
		{`Get book 42. If it is available, delete it.`,
			[]string{`getBook bookId=42`, `deleteBook if {% $get_book.available %}=true bookId=42`}},
		{`Get book 42 and delete it unless it is available`,
			[]string{`getBook bookId=42`, `deleteBook if {% $get_book.available %}!=true bookId=42`}},
		{`List the books and if there are more than 10 books send an email to ann@example.org with subject "Many" and body "Too many books."`,
			[]string{`listBooks`, `sendEmail if {% $list_books.data %}>10 to="ann@example.org" subject="Many" body="Too many books."`}},
		{`Get book 42, ask for approval, then delete it`, []string{"getBook bookId=42", "approval Go on with this? delete it", "deleteBook bookId=42"}},
		{`Once I approve, delete book 42`, []string{"approval Go on with this? delete book 42", "deleteBook bookId=42"}},
		{`Ask my manager for approval. Delete book 42.`, []string{"approval Go on with this? Delete book 42", "deleteBook bookId=42"}},
		{`List the books and delete book 42 after approval`, []string{"listBooks", "approval Go on with this? delete book 42", "deleteBook bookId=42"}},
		{`Delete book 42 if the weather is fine`, []string{"approval Go on only if this is so: the weather is fine", "deleteBook bookId=42"}},
		{`Send the message "Hello" to my first channel in Courier`,
			[]string{`listChannels`, `sendMessage channelId={% $list_channels.channels[0].id %} text="Hello"`}},
		{`Send "Hello" to the channel named "General"`,
			[]string{`listChannels`, `sendMessage channelId={% $list_channels.channels[name = "General"][0].id %} text="Hello"`}},
		{`Lend book 7 to member 018f5f3e-0000-7000-8000-000000000001 until next Friday`,
			[]string{`createLoan bookId=7 memberId="018f5f3e-0000-7000-8000-000000000001" dueDate="2026-03-06"`}},
	} {
		t.Run(tt.goal, func(t *testing.T) {
			t.Parallel()
			d, err := builtin.New(&builtin.Options{Now: now}).Plan(context.Background(), tt.goal, set)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, lines(d)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAbstains(t *testing.T) {
	t.Parallel()
	set := both(t)
	for _, goal := range []string{"Order a pizza with olives", "What is the weather in Paris tomorrow?", "hello", "???", "Book me a flight to Rome on Monday"} {
		d, err := builtin.New(&builtin.Options{Now: now}).Plan(context.Background(), goal, set)
		if !errors.Is(err, builtin.ErrNothingFits) {
			t.Errorf("%q: planned %v, want ErrNothingFits (err %v)", goal, lines(d), err)
		}
	}
}

// TestPlans: other readings come after the plan, each of other calls, and none twice.
func TestPlans(t *testing.T) {
	t.Parallel()
	set := both(t)
	p := builtin.New(&builtin.Options{Now: now})
	for _, goal := range []string{"List the books", "Show me the members, then create a loan", "Creates a book and lists the books"} {
		list, err := p.Plans(context.Background(), goal, set, 3)
		if err != nil || len(list) < 2 || len(list) > 3 {
			t.Fatal(goal, len(list), err)
		}
		one, err := p.Plan(context.Background(), goal, set)
		if diff := cmp.Diff(lines(one), lines(list[0])); err != nil || diff != "" {
			t.Errorf("%s: the first of several is another plan (-alone +first):\n%s", goal, diff)
		}
		seen := map[string]bool{}
		for i, d := range list {
			calls := ""
			for _, s := range d.Steps {
				if s.Op != nil {
					calls += s.Op.ID() + " "
				}
			}
			if seen[calls] || d.Likely <= 0 || d.Likely > 1 || i > 1 && d.Likely > list[i-1].Likely {
				t.Errorf("%s: plan %d, %s, is as likely as %v", goal, i, calls, d.Likely)
			}
			seen[calls] = true
		}
	}
}
