package boot_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/secret"
)

// TestDocumented: docs/configuration.md lists each variable with its default, and
// no other; and none that the contract names is missing.
func TestDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		plain := func(s string) string { return strings.Trim(strings.TrimSpace(s), "`") }
		name := plain(cells[1])
		if _, twice := documented[name]; twice || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("%s: twice, or without a meaning", name)
		}
		documented[name] = plain(cells[2])
	}
	for i := range reflect.TypeFor[boot.Config]().NumField() {
		tag := reflect.TypeFor[boot.Config]().Field(i).Tag
		name := tag.Get("env")
		have, ok := documented[name]
		if !ok || have != tag.Get("envDefault") {
			t.Errorf("%s: documented %v with default %q, want %q", name, ok, have, tag.Get("envDefault"))
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("%s is documented, but never read", name)
	}
	for _, name := range []string{"APIQ_ADDR", "APIQ_DATA", "APIQ_PUBLIC_URL", "APIQ_EGRESS_ALLOW", "SPEC_CACHE_TTL_HOURS", "SPEC_MAX_BYTES",
		"SPEC_FETCH_TIMEOUT_SECONDS", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"} {
		if !strings.Contains(string(raw), "`"+name+"`") {
			t.Errorf("the contract's %s is missing", name)
		}
	}
}

func TestLoadRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ map[string]string
		want    []string // variables, in this order
	}{
		"no port":        {map[string]string{"APIQ_ADDR": "localhost"}, []string{"APIQ_ADDR"}},
		"a port too big": {map[string]string{"APIQ_ADDR": "127.0.0.1:65536"}, []string{"APIQ_ADDR"}},
		"a named port":   {map[string]string{"APIQ_ADDR": "127.0.0.1:http"}, []string{"APIQ_ADDR"}},
		"a host as URL":  {map[string]string{"APIQ_PUBLIC_URL": "apiq.example.com"}, []string{"APIQ_PUBLIC_URL"}},
		"a file as URL":  {map[string]string{"OPENAI_BASE_URL": "file:///x"}, []string{"OPENAI_BASE_URL"}},
		"an address":     {map[string]string{"APIQ_EGRESS_ALLOW": "10.0.0.1"}, []string{"APIQ_EGRESS_ALLOW"}},
		"a level":        {map[string]string{"APIQ_LOG_LEVEL": "info+2"}, []string{"APIQ_LOG_LEVEL"}},
		"no number":      {map[string]string{"SPEC_MAX_BYTES": "64MB"}, []string{"SPEC_MAX_BYTES"}},
		"too small":      {map[string]string{"SPEC_MAX_BYTES": "1023"}, []string{"SPEC_MAX_BYTES"}},
		"negative":       {map[string]string{"SPEC_CACHE_TTL_HOURS": "-1"}, []string{"SPEC_CACHE_TTL_HOURS"}},
		"no time":        {map[string]string{"SPEC_FETCH_TIMEOUT_SECONDS": "0"}, []string{"SPEC_FETCH_TIMEOUT_SECONDS"}},
		"no price":       {map[string]string{"OPENAI_PRICE_INPUT": "two", "OPENAI_PRICE_OUTPUT": "NaN"}, []string{"OPENAI_PRICE_INPUT", "OPENAI_PRICE_OUTPUT"}},
		"half a price":   {map[string]string{"OPENAI_PRICE_INPUT": "0.25"}, []string{"OPENAI_PRICE_OUTPUT"}},
		"a price below":  {map[string]string{"OPENAI_PRICE_INPUT": "-1"}, []string{"OPENAI_PRICE_INPUT"}},
		"a placeholder":  {map[string]string{"OPENAI_API_KEY": secret.Redacted}, []string{"OPENAI_API_KEY"}},
		"all at once": {map[string]string{"SPEC_MAX_BYTES": "x", "SPEC_CACHE_TTL_HOURS": "y", "APIQ_ADDR": "x", "OPENAI_BASE_URL": "x"},
			[]string{"SPEC_CACHE_TTL_HOURS", "SPEC_MAX_BYTES", "APIQ_ADDR", "OPENAI_BASE_URL"}},
	} {
		_, err := boot.Load(c.environ)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		var have []string
		for line := range strings.Lines(err.Error()) {
			have = append(have, strings.Fields(line)[0])
		}
		if !slices.Equal(have, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	c, err := boot.Load(map[string]string{"OPENAI_API_KEY": "sk-canary", "OPENAI_PRICE_INPUT": "0.25", "OPENAI_PRICE_OUTPUT": "2"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.CacheTTL() != 24*time.Hour || c.FetchTimeout() != 10*time.Second || c.SpecMaxBytes != 64<<20 || c.Key().Reveal() != "sk-canary" ||
		c.OpenAIPriceInput != 0.25 || c.OpenAIPriceOutput != 2 {
		t.Errorf("%+v", c)
	}
	if s := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(s, "canary") {
		t.Error("the key prints itself")
	}
	if c, err = boot.Load(map[string]string{}); err != nil || !c.Key().IsZero() {
		t.Errorf("%v %v", c.Key(), err)
	}
}

func TestEgressDefault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ map[string]string
		want    string
	}{
		"loopback":       {map[string]string{}, "[127.0.0.0/8 ::1/128]"},
		"localhost":      {map[string]string{"APIQ_ADDR": "LocalHost:1"}, "[127.0.0.0/8 ::1/128]"},
		"IPv6":           {map[string]string{"APIQ_ADDR": "[::1]:1"}, "[127.0.0.0/8 ::1/128]"},
		"all interfaces": {map[string]string{"APIQ_ADDR": ":8080"}, "[]"},
		"another":        {map[string]string{"APIQ_ADDR": "192.0.2.1:8080"}, "[]"},
		"set but empty":  {map[string]string{"APIQ_EGRESS_ALLOW": ""}, "[]"},
		"set":            {map[string]string{"APIQ_EGRESS_ALLOW": " 10.1.2.3/8 ,, fd00::/8"}, "[10.0.0.0/8 fd00::/8]"},
	} {
		conf, err := boot.Load(c.environ)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if have, err := conf.Allow(); err != nil || fmt.Sprint(have) != c.want {
			t.Errorf("%s: %v %v", name, have, err)
		}
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		addr, public, listening, want string
		secure                        bool
	}{
		{"127.0.0.1:0", "", "127.0.0.1:4711", "http://127.0.0.1:4711", false},
		{"localhost:8080", "", "127.0.0.1:8080", "http://127.0.0.1:8080", false},
		{":8080", "", "[::]:8080", "http://localhost:8080", true},
		{"0.0.0.0:8080", "", "0.0.0.0:8080", "http://localhost:8080", true},
		{"127.0.0.1:8080", "https://apiq.example.com/", "127.0.0.1:8080", "https://apiq.example.com", true},
		{":8080", "http://localhost:8080", "[::]:8080", "http://localhost:8080", false},
	} {
		conf, err := boot.Load(map[string]string{"APIQ_ADDR": c.addr, "APIQ_PUBLIC_URL": c.public})
		if err != nil {
			t.Fatal(err)
		}
		listening, err := net.ResolveTCPAddr("tcp", c.listening)
		if err != nil {
			t.Fatal(err)
		}
		if have := conf.Public(listening); have != c.want || conf.SecureCookies() != c.secure {
			t.Errorf("%+v: %s secure %v", c, have, conf.SecureCookies())
		}
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	if _, err := boot.Logger(nil, "loud"); err == nil {
		t.Error("a level that is none")
	}
	var out bytes.Buffer
	log, err := boot.Logger(&out, "info")
	if err != nil {
		t.Fatal(err)
	}
	if stdlog.Writer() != io.Discard {
		t.Error("the standard library's log is kept")
	}
	log.Debug("below the level", "x", "canary")
	log.Info("line", "password", "canary", "X-Api_Key", "canary", "accessToken", 4711, "Set-Cookie", []string{"canary"}, "value", secret.New("canary"),
		slog.Group("credentials", "user", "canary", slog.Group("deeper", "x", "canary")), slog.Group("request", "Authorization", "canary"), "err", errors.New("kept"))
	log.WithGroup("secrets").Info("line", "a", "canary")
	log.With("token", "canary").Info("line")
	if s := out.String(); strings.Contains(s, "canary") || strings.Contains(s, "4711") || !strings.Contains(s, "kept") || strings.Count(s, "\n") != 3 {
		t.Error(s)
	}
}
