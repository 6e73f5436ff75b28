package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/upkeep"
)

// sealing lists every file that seals values, and what becomes of these when the
// data key is rotated: the field of upkeep.Holders whose Reseal moves them, or why
// they need none, being gone within secret.ShortLived. A value that is neither would
// be lost when its key is retired.
//
// A package that no home is composed with yet names itself as later: the home that
// imports it fails the test until upkeep.Holders has a field for it.
var sealing = map[string]struct{ holder, short, later string }{
	"shared/signin/keypair/keypair.go": {holder: "SignInKeys"},
	"shared/connection/seal.go":        {holder: "Connections"},
	"shared/grant/record.go":           {holder: "Grants"},
	"shared/grant/flow.go":             {short: "the proof of a flow, kept for 10 minutes"},
	"shared/grant/device.go":           {short: "the code of a device, kept for 30 minutes at most"},
	"shared/audit/sink/sink.go":        {holder: "Sinks"},
	"shared/trigger/change.go":         {holder: "Triggers"},
	"shared/signin/service.go":         {holder: "SignIns"},
	"shared/identity/token.go":         {holder: "Sessions"},
	"shared/mail/post/post.go":         {short: "messages, for the 24 h that they are tried"},
	"shared/identity/totp.go":          {holder: "Sessions"},
	"shared/identity/ending.go":        {holder: "Sessions"},
	"shared/web/idempotency.go":        {short: "digests and answers of requests, kept for 24 h"},
	"shared/secret/envelope.go":        {short: "the sealer itself"},
	"shared/secret/keyfile/keyfile.go": {short: "wraps data keys, which Rewrap moves"},
}

// TestEverythingSealedIsSwept finds the files that seal something in the sources.
func TestEverythingSealedIsSwept(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, folder := range []string{"shared", "functions", "infra/local"} {
		sources(t, folder, func(name string, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					// Seal(ctx, scope, plain) of a Sealer; an AEAD's has four arguments.
					if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Seal" && len(call.Args) >= 3 {
						found[name] = true
					}
				}
				return true
			})
		})
	}
	for name := range found {
		if _, ok := sealing[name]; !ok {
			t.Errorf("%s seals something: say in this test who seals it anew when the data key is rotated (upkeep.Holders), or why it is gone within a day", name)
		}
	}
	composed := map[string]bool{}
	for _, home := range []string{"infra/local", "functions"} {
		sources(t, home, func(_ string, file *ast.File) {
			for _, i := range file.Imports {
				composed[strings.Trim(strings.Replace(i.Path.Value, module, "", 1), `"`)] = true
			}
		})
	}
	fields := holderFields()
	for name, s := range sealing {
		if s.later != "" {
			if composed[s.later] {
				t.Errorf("%s is part of a home now: give upkeep.Holders a field for it, fill it in in both homes, and name the field here", s.later)
			}
			continue
		}
		if !found[name] {
			t.Errorf("%s seals nothing any more: take its row away", name)
		}
		if (s.holder == "") == (s.short == "") || s.holder != "" && !slices.Contains(fields, s.holder) {
			t.Errorf("%s: %+v names neither a field of upkeep.Holders nor a reason", name, s)
		}
	}
}

// TestHoldersAreComplete: both homes sweep the same.
func TestHoldersAreComplete(t *testing.T) {
	t.Parallel()
	for _, home := range []string{"infra/local", "functions/internal/rotation"} {
		complete := 0
		sources(t, home, func(_ string, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				if s, ok := lit.Type.(*ast.SelectorExpr); !ok || s.Sel.Name != "Holders" {
					return true
				}
				var named []string
				for _, e := range lit.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						named = append(named, kv.Key.(*ast.Ident).Name)
					}
				}
				slices.Sort(named)
				if slices.Equal(named, holderFields()) {
					complete++
				} else if len(named) > 0 {
					t.Errorf("%s fills in %v of upkeep.Holders, want %v", home, named, holderFields())
				}
				return true
			})
		})
		if complete == 0 {
			t.Errorf("%s makes no upkeep.Holders with all of %v", home, holderFields())
		}
	}
}

func holderFields() (names []string) {
	for f := range reflect.TypeFor[upkeep.Holders]().Fields() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// sources parses the Go files below a folder, tests left out.
func sources(t *testing.T, folder string, see func(name string, file *ast.File)) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		see(filepath.ToSlash(name), file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
