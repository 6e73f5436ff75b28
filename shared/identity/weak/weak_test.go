package weak_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/identity/weak"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	words := []string{"ada.lovelace@example.com", "Ada Lovelace", "Analytical Engines"}
	for password, want := range map[string]weak.Reason{
		"password123": weak.Common, "P@ssw0rd123!": weak.Common, "Passwort1!Passwort1!": weak.Common, "drowssap123": weak.Common,
		"p4ssw0rd!1": weak.Common, "summer2024!": weak.Common, "iloveyou!!": weak.Common, "monkeymonkey": weak.Pattern,
		"!!dragon!!": weak.Common, "ＰＡＳＳＷＯＲＤ１２３": weak.Common, "letmein1234": weak.Common,
		"aaaaaaaaaa": weak.Pattern, "1234567890": weak.Pattern, "abcdefghijkl": weak.Pattern, "qwertyuiop": weak.Pattern, "0987654321": weak.Pattern,
		"abababababab": weak.Pattern, "qwertzuiop123": weak.Pattern, "zzzzzyyyyyxxxxx": weak.Pattern, "1qaz2wsx3edc": weak.Pattern, "aaaaabcdefg": weak.Pattern,
		"adalovelace1": weak.Personal, "Lovelace2026": weak.Personal, "ada.lovelace@example.com": weak.Personal, "analytical!": weak.Personal,
		"apiqapiqapiq1": weak.Personal, "L0v3lace!!!": weak.Personal,
		"correct horse battery": "", "a quite different horse": "", "tr0ub4dor&3x9": "", "vK8#qPz2!mTw": "", "größe überall hin": "", "日本語の長い合言葉です": "",
		"lovelace likes tea": "", "summer in the old mill": "", "kxvqzjwbpfh": "",
	} {
		if got := weak.Judge(password, words...); got != want {
			t.Errorf("%q is %q, want %q", password, got, want)
		}
	}
}

// TestList: it is whole, and all of it that is long enough is refused.
func TestList(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("passwords.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	n, long := 0, []string{}
	last := ""
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		if line <= last || len(line) < 4 {
			t.Fatalf("%q after %q", line, last)
		}
		n, last = n+1, line
		if len(line) >= 10 {
			long = append(long, line)
		}
	}
	if n < 40_000 || len(long) < 500 {
		t.Errorf("%d passwords, %d of them long", n, len(long))
	}
	for i := 0; i < len(long); i += 40 {
		if weak.Judge(long[i]) == "" || weak.Judge(strings.ToUpper(long[i])+"!") == "" {
			t.Errorf("%q passes", long[i])
		}
	}
}

// TestLongest: the longest and the strangest take no long time.
func TestLongest(t *testing.T) {
	t.Parallel()
	for _, s := range []string{strings.Repeat("a", 256), strings.Repeat("ab1!", 64), strings.Repeat("\xff", 256), strings.Repeat("ﷺ", 85), ""} {
		began := time.Now()
		weak.Judge(s, strings.Repeat("a ", 127), strings.Repeat("名", 100))
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("%.10q took %v", s, d)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("password123", "ada@example.com")
	f.Fuzz(func(t *testing.T, password, word string) {
		if len(password) <= 256 && len(word) <= 256 {
			weak.Judge(password, word)
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	for b.Loop() {
		weak.Judge("correct horse battery", "ada@example.com", "Ada")
	}
}
