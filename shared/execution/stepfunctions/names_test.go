package stepfunctions

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/id"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts Options
		ok   bool
	}{
		"all":            {Options{Prefix: "apiq-dev", RoleARN: "arn:aws:iam::1:role/states"}, true},
		"longest prefix": {Options{Prefix: strings.Repeat("a", 14)}, true},
		"no prefix":      {Options{}, false},
		"long prefix":    {Options{Prefix: strings.Repeat("a", 15)}, false},
		"bad prefix":     {Options{Prefix: "apiq:dev"}, false},
		"no ARN":         {Options{Prefix: "apiq", RoleARN: "states"}, false},
	} {
		if _, err := New(nil, nil, c.opts); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNameOf(t *testing.T) {
	t.Parallel()
	e, err := New(sfn.New(sfn.Options{Region: "eu-central-1"}), nil, Options{Prefix: strings.Repeat("p", maxPrefix), RoleARN: "arn:aws-cn:iam::123456789012:role/a/b", LogGroupARN: "arn:x"})
	if err != nil {
		t.Fatal(err)
	}
	workspace := id.New(id.Workspace)
	seen := map[string]string{}
	for _, kind := range types.StateMachineType("").Values() {
		for _, definition := range []string{"{}", "{ }", ""} {
			name, err := e.nameOf(workspace, kind, []byte(definition))
			if err != nil || len(name) > 80 {
				t.Errorf("%q: %v", name, err)
			}
			if again, _ := e.nameOf(workspace, kind, []byte(definition)); again != name {
				t.Errorf("%q, then %q", name, again)
			}
			if before, ok := seen[name]; ok {
				t.Errorf("%s %q has the name of %s", kind, definition, before)
			}
			seen[name] = string(kind) + definition
			arn := e.machineARN(name)
			if want := "arn:aws-cn:states:eu-central-1:123456789012:stateMachine:" + name; arn != want {
				t.Errorf("%s, want %s", arn, want)
			}
			if got := machineOf(standardARN(arn, "exe_1")); got != arn {
				t.Errorf("%s, want %s", got, arn)
			}
			w, run, ok := e.Ref(standardARN(arn, "exe_1"))
			if !ok || w != workspace || run != "exe_1" {
				t.Errorf("%s %s %v", w, run, ok)
			}
		}
	}
	if name, err := e.nameOf(workspace+"x", types.StateMachineTypeStandard, nil); err == nil {
		t.Errorf("%q has %d characters", name, len(name))
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	e, err := New(nil, nil, Options{Prefix: "apiq-dev"})
	if err != nil {
		t.Fatal(err)
	}
	const machine = "apiq-dev-wsp_1-2-0123456789abcdef01234567"
	for arn, ok := range map[string]bool{
		"arn:aws:states:eu-central-1:1:execution:" + machine + ":exe_1":                          true,
		"arn:aws:states:eu-central-1:1:express:" + machine + ":exe_1:a-b":                        true,
		"arn:aws:states:eu-central-1:1:execution:" + machine + ":exe_1:a-b":                      false,
		"arn:aws:states:eu-central-1:1:express:" + machine + ":exe_1":                            false,
		"arn:aws:states:eu-central-1:1:stateMachine:" + machine + ":1":                           false,
		"arn:aws:lambda:eu-central-1:1:execution:" + machine + ":exe_1":                          false,
		"arn:aws:states:eu-central-1:1:execution:apiq-prod-wsp_1-0123456789abcdef01234567:exe_1": false,
		"arn:aws:states:eu-central-1:1:execution:apiq-dev-0123456789abcdef01234567:exe_1":        false,
		"arn:aws:states:eu-central-1:1:execution:apiq-dev-wsp_1-0123456789abcdef0123456x:exe_1":  false,
		"arn:aws:states:eu-central-1:1:execution:apiq-dev-wsp_1-0123456789abcdef012345:exe_1":    false,
		"arn:aws:states:eu-central-1:1:execution:apiq-dev-a/b-0123456789abcdef01234567:exe_1":    false,
		"arn:aws:states:eu-central-1:1:execution:" + machine + ":":                               false,
		"arn:aws:states:eu-central-1:1:execution:" + machine + ":exe 1":                          false,
		"arn:aws:states:eu-central-1:1:execution:" + machine + ":" + strings.Repeat("e", maxARN): false,
		"": false, ":::::::": false,
	} {
		workspace, run, got := e.Ref(arn)
		if got != ok || ok && (workspace != "wsp_1-2" || run != "exe_1") {
			t.Errorf("%s: %q %q %v", arn, workspace, run, got)
		}
	}
}
