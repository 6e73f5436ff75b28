package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity/domain"
)

func TestNormal(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Example.com": "example.com", " @example.com ": "example.com", "example.com.": "example.com", "mail.example.co.uk": "mail.example.co.uk",
		"bücher.example": "xn--bcher-kva.example", "me.github.io": "me.github.io",
	} {
		if got, err := domain.Normal(given); err != nil || got != want {
			t.Errorf("%q: %q, %v", given, got, err)
		}
	}
	for given, code := range map[string]string{
		"": "domain", "com": "domain", "example": "domain", "a b.com": "domain", "ada@example.com": "domain", "*.example.com": "domain", "exa_mple.com": "domain",
		"example..com": "domain", "127.0.0.1": "domain", "https://example.com": "domain", "-a.com": "domain", "xn--zzzzzzzz.com": "domain", "a\x00b.com": "domain",
		strings.Repeat("a", 64) + ".com": "domain", strings.Repeat("abcdefgh.", 27) + "com": "domain",
		"co.uk": "public_suffix", "github.io": "public_suffix", "GMAIL.com": "free_mail", "yahoo.co.uk": "free_mail",
	} {
		_, err := domain.Normal(given)
		if apierr.CodeOf(err) != apierr.ValidationFailed || apierr.From(err).Problems[0].Code != code || apierr.From(err).Problems[0].Path != "/domain" {
			t.Errorf("%q: %v, want %s", given, err, code)
		}
	}
}

// TestVerify: a domain is held by who shows the record, and by nobody else.
func TestVerify(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada, eve := h.register(t, "ada@example.com", ""), h.register(t, "eve@other.example", "")
	ctx := in(t, ada)
	d, err := h.Claim(ctx, "Example.COM")
	if err != nil || d.Name != "example.com" || d.State != domain.Pending || d.Record.Name != "_apiq-challenge.example.com" || !strings.HasPrefix(d.Record.Value, "apiq-domain-verification=") || len(d.Record.Value) < 45 {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := h.Claim(ctx, "example.com"); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("again: %v", err)
	}
	theirs, err := h.Claim(in(t, eve), "example.com")
	if err != nil || theirs.Record.Value == d.Record.Value {
		t.Fatalf("another workspace may say so too, with a record of its own: %+v, %v", theirs, err)
	}
	refused := func(want apierr.Code) {
		t.Helper()
		if _, err := h.Verify(ctx, "example.com"); apierr.CodeOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
		if _, held, err := h.people.HolderOf(ctx, "x@example.com"); err != nil || held {
			t.Errorf("held: %v, %v", held, err)
		}
	}
	refused(apierr.ValidationFailed) // no such name
	many := slices.Repeat([]string{"v=spf1 -all"}, 70)
	for _, values := range [][]string{{"v=spf1 -all"}, {d.Record.Value + "x"}, {strings.ToUpper(d.Record.Value)}, {theirs.Record.Value}, {"apiq-domain-verification="}, append(many, d.Record.Value), {strings.Repeat(" ", 600) + d.Record.Value}} {
		h.zone.set(d.Record, values...)
		refused(apierr.ValidationFailed)
	}
	h.zone.down = errDown
	refused(apierr.UpstreamError)
	h.zone.down = nil
	h.zone.set(d.Record, "v=spf1 -all", " "+d.Record.Value+" ")
	for range 2 { // and again, as long as it is there
		if d, err = h.Verify(ctx, "EXAMPLE.com"); err != nil || d.State != domain.Verified || d.VerifiedAt.IsZero() {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	holder, held, err := h.people.HolderOf(ctx, "Any.Body@Example.com")
	if err != nil || !held || holder.Workspace != ada.Workspace.ID || holder.ProviderOnly {
		t.Errorf("%+v %v %v", holder, held, err)
	}
	if _, held, err := h.people.HolderOf(ctx, "x@mail.example.com"); err != nil || held {
		t.Errorf("a domain below it: %v %v", held, err)
	}
	// Whoever else shows it waits until it is free.
	h.zone.set(d.Record, d.Record.Value, theirs.Record.Value)
	if _, err := h.Verify(in(t, eve), "example.com"); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("two at once: %v", err)
	}
	if err := h.Remove(ctx, "example.com"); err != nil {
		t.Fatal(err)
	}
	if _, held, err := h.people.HolderOf(ctx, "x@example.com"); err != nil || held {
		t.Errorf("removed, and held: %v %v", held, err)
	}
	if d, err := h.Verify(in(t, eve), "example.com"); err != nil || d.State != domain.Verified {
		t.Errorf("free: %+v, %v", d, err)
	}
	for _, err := range []error{h.Remove(ctx, "example.com"), h.Remove(ctx, "co.uk")} {
		if apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("not there: %v", err)
		}
	}
	if all, err := h.List(ctx); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestClaimBounded(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := in(t, h.register(t, "ada@example.com", ""))
	for i := range 50 {
		if _, err := h.Claim(ctx, "d"+strings.Repeat("x", i)+".example.com"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Claim(ctx, "example.com"); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("%v", err)
	}
}

// TestRecheck: a record that goes is missed, told of, and after a week the domain is free.
func TestRecheck(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ada := h.register(t, "ada@example.com", "")
	ctx := in(t, ada)
	h.confirm(t)
	d := h.held(t, ctx, "example.com")
	h.provider = true
	if _, err := h.SetProviderOnly(ctx, "example.com", true); err != nil {
		t.Fatal(err)
	}
	day := func(want string) {
		t.Helper()
		h.pass(24*time.Hour + time.Minute)
		if err := h.Recheck(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := h.Get(ctx, "example.com")
		if err != nil || got.State != want {
			t.Fatalf("%+v, %v, want %s", got, err, want)
		}
		if _, held, err := h.people.HolderOf(ctx, "x@example.com"); err != nil || held != (want != domain.Pending) {
			t.Errorf("%s, and held: %v, %v", want, held, err)
		}
	}
	asked := h.zone.asked
	if err := h.Recheck(t.Context()); err != nil || h.zone.asked != asked {
		t.Errorf("looked at before its time: %v", err)
	}
	day(domain.Verified)
	h.zone.set(d.Record)
	h.zone.down = errDown
	for range 9 { // says nothing of the record
		day(domain.Verified)
	}
	h.zone.down = nil
	day(domain.Missing)
	if got := h.letters(t); !slices.Equal(got, []string{"ada@example.com: The record of example.com is gone"}) {
		t.Errorf("told: %q", got)
	}
	day(domain.Missing)
	h.zone.set(d.Record, d.Record.Value)
	day(domain.Verified)
	h.zone.set(d.Record)
	for range 7 {
		day(domain.Missing)
	}
	h.letters(t)
	day(domain.Pending)
	if got := h.letters(t); !slices.Equal(got, []string{"ada@example.com: The domain example.com is not verified any more"}) {
		t.Errorf("told: %q", got)
	}
	day(domain.Pending)
	if got, err := h.Get(ctx, "example.com"); err != nil || got.ProviderOnly || !got.VerifiedAt.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	var actions []string
	page, err := h.trail.List(ctx, audit.Filter{Resource: "example.com"}, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Records {
		actions = append(actions, r.Action)
	}
	slices.Reverse(actions)
	if want := []string{"domain.claim", "domain.verify", "domain.update", "domain.missing", "domain.found", "domain.missing", "domain.lapse"}; !slices.Equal(actions, want) {
		t.Errorf("%v", actions)
	}
}

// TestProviderOnlyNeeds: nobody is sent to a sign-in that there is not.
func TestProviderOnlyNeeds(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx := in(t, h.register(t, "ada@example.com", ""))
	if _, err := h.Claim(ctx, "example.com"); err != nil {
		t.Fatal(err)
	}
	h.provider = true
	if _, err := h.SetProviderOnly(ctx, "example.com", true); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("not verified: %v", err)
	}
	h.provider = false
	h.held(t, ctx, "corp.example")
	if _, err := h.SetProviderOnly(ctx, "corp.example", true); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("without a provider: %v", err)
	}
	if holder, _, err := h.people.HolderOf(ctx, "x@corp.example"); err != nil || holder.ProviderOnly {
		t.Errorf("%+v, %v", holder, err)
	}
}
