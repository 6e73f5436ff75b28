package draft_test

import (
	"encoding/json"
	"testing"

	"github.com/apiq/apiq/shared/plan/draft"
)

func TestExpression(t *testing.T) {
	t.Parallel()
	loop := &draft.Loop{As: "pet"}
	for _, tt := range []struct {
		ref  draft.Ref
		loop *draft.Loop
		want string
	}{
		{draft.Ref{Step: "a", Path: []string{"id"}}, nil, "{% $a.id %}"},
		{draft.Ref{Step: "a"}, nil, "{% $a %}"},
		{draft.Ref{Step: "a", Path: []string{"data", "*", "id"}}, nil, "{% $a.data[0].id %}"},
		{draft.Ref{Step: "a", Path: []string{"*", "id"}, Pick: draft.Pick{Last: true}}, nil, "{% $a[-1].id %}"},
		{draft.Ref{Step: "a", Path: []string{"data", "*", "id"}, Pick: draft.Pick{All: true}}, nil, "{% [$a.data.id] %}"},
		{draft.Ref{Step: "a", Path: []string{"data", "*", "id"}, Pick: draft.Pick{Field: "name", Equals: `x" or "1" = "1`}}, nil, `{% $a.data[name = "x\" or \"1\" = \"1"][0].id %}`},
		{draft.Ref{Step: "a", Path: []string{"x-y", "and", "9"}}, nil, "{% $a.`x-y`.`and`.`9` %}"},
		{draft.Ref{Step: "a", Path: []string{"b`c"}}, nil, "{% $a.$lookup(\"b`c\") %}"},
		{draft.Ref{Item: true, Path: []string{"id"}}, loop, "{% $pet.id %}"},
		{draft.Ref{Step: "a", Path: []string{"id"}, Wrap: true}, nil, "{% [$a.id] %}"},
	} {
		if got := tt.ref.Expression(tt.loop); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.ref, got, tt.want)
		}
	}
}

func TestReserved(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"count": true, "Input": true, "toMillis": true, "pets": false, "list_books": false} {
		if draft.Reserved(name) != want {
			t.Errorf("Reserved(%q) = %v", name, !want)
		}
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	if got := string(draft.Literal(map[string]int{"a": 1}).Literal); got != `{"a":1}` {
		t.Errorf("got %s", got)
	}
	if got := string(draft.Literal(func() {}).Literal); got != "null" || !json.Valid([]byte(got)) {
		t.Errorf("what cannot be encoded gives %s", got)
	}
}
