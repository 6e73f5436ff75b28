package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/secret"
)

const planted = "hunter2-Passw0rd!"

// leaks says in which form, if any, the planted value shows in text.
func leaks(text string) string {
	for form, s := range map[string]string{
		"plain":  planted,
		"hex":    hex.EncodeToString([]byte(planted)),
		"spaced": fmt.Sprintf("% x", planted),
		"base64": base64.StdEncoding.EncodeToString([]byte(planted)),
		"bytes":  strings.Trim(fmt.Sprint([]byte(planted)), "[]"),
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(s)) {
			return form
		}
	}
	return ""
}

type holder struct {
	Name   string
	Public secret.Secret
	Ptr    *secret.Secret
	hidden secret.Secret // what fmt cannot call methods on
	inner  struct{ deep []secret.Secret }
}

type document struct{ V secret.Secret }

func newHolder() holder {
	s := secret.New(planted)
	h := holder{Name: "n", Public: s, Ptr: &s, hidden: s}
	h.inner.deep = []secret.Secret{s}
	return h
}

func TestLeaksFindsAPlantedLeak(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%s", "%x", "% x", "%v"} {
		if leaks(fmt.Sprintf(format, any([]byte(planted)))) == "" {
			t.Errorf("%s is not found", format)
		}
	}
}

func TestEveryVerb(t *testing.T) {
	t.Parallel()
	s := secret.New(planted)
	h := newHolder()
	for name, v := range map[string]any{
		"value": s, "pointer": &s, "slice": []secret.Secret{s}, "map": map[string]secret.Secret{"k": s},
		"key": map[secret.Secret]int{s: 1}, "struct": h, "struct pointer": &h, "any": []any{s, h},
	} {
		for verb := rune(' '); verb <= '~'; verb++ {
			for _, flag := range []string{"", "+", "#", " ", "0", "-", "+#", "# ", "30", ".3", "*"} {
				format := "%" + flag + string(verb)
				args := []any{v}
				if flag == "*" {
					args = []any{9, v}
				}
				got := fmt.Sprintf(format, args...)
				if form := leaks(got); form != "" {
					t.Fatalf("%s of a %s leaks (%s): %s", format, name, form, got)
				}
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		if got := fmt.Sprintf(verb, s); got != secret.Redacted {
			t.Errorf("%s gives %s, want %s", verb, got, secret.Redacted)
		}
	}
	if got := fmt.Sprint(s) + fmt.Sprintln(s) + s.String() + s.GoString(); leaks(got) != "" {
		t.Errorf("leaks: %s", got)
	}
}

func TestEncodingsAndLogs(t *testing.T) {
	t.Parallel()
	h := newHolder()
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Name":"n","Public":"[secret]","Ptr":"[secret]"}`; string(encoded) != want {
		t.Errorf("JSON %s, want %s", encoded, want)
	}
	keys, err := json.Marshal(map[secret.Secret]int{h.Public: 1})
	if err != nil || leaks(string(keys)) != "" {
		t.Errorf("as a JSON key: %s, %v", keys, err)
	}
	text, err := xml.Marshal(document{h.Public})
	if err != nil || leaks(string(text)) != "" {
		t.Errorf("XML: %s, %v", text, err)
	}
	for name, make := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		log := slog.New(make(&b)).With("with", h.Public)
		log.Info("m", "value", h.Public, "pointer", h.Ptr, "struct", h, "struct pointer", &h,
			"error", fmt.Errorf("call with %v, %+v: %w", h.Public, h, errors.New("x")),
			slog.Group("g", "in", h.Public), "slice", []secret.Secret{h.Public})
		if form := leaks(b.String()); form != "" || !strings.Contains(b.String(), secret.Redacted) {
			t.Errorf("the %s log leaks (%s) or shows nothing: %s", name, form, b.String())
		}
	}
	if err := errors.Join(fmt.Errorf("a %q", h.Public), fmt.Errorf("b %#v", h)); leaks(err.Error()) != "" {
		t.Errorf("the error leaks: %v", err)
	}
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`1`, `{"` + planted + `":1}`, `["` + planted + `"]`, `true`, `"[secret]"`} {
		var s secret.Secret
		err := json.Unmarshal([]byte(bad), &s)
		if err == nil || leaks(err.Error()) != "" || !s.IsZero() {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for good, want := range map[string]string{`"` + planted + `"`: planted, `null`: "", `""`: "", `"\u00e9\n"`: "é\n"} {
		s := secret.New("before")
		if err := json.Unmarshal([]byte(good), &s); err != nil || s.Reveal() != want || s.IsZero() != (want == "") {
			t.Errorf("%s gives %q, %v", good, s.Reveal(), err)
		}
	}
	var zero secret.Secret
	if !zero.IsZero() || zero.Reveal() != "" || zero.String() != secret.Redacted || !zero.Equal(secret.New("")) {
		t.Error("the zero value is not an empty secret")
	}
	if !secret.New("a").Equal(secret.New("a")) || secret.New("a").Equal(secret.New("b")) {
		t.Error("Equal")
	}
}
