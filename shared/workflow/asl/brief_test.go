package asl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

func TestBrief(t *testing.T) {
	t.Parallel()
	call := func(id, more string) string {
		return fmt.Sprintf(`{"id":%q,"type":"api_call","connection":"con_a","operation":"op"%s}`, id, more)
	}
	var eleven []string
	for i := range 11 {
		eleven = append(eleven, call(fmt.Sprintf("s%d", i), ""))
	}
	safe := map[string]effect.Class{"a": effect.Safe, "b": effect.Idempotent, "keyed": effect.Keyed, "unsafe": effect.Unsafe}
	for i := range 11 {
		safe[fmt.Sprintf("s%d", i)] = effect.Safe
	}
	for name, c := range map[string]struct{ steps, why string }{
		"one call":       {call("a", ""), ""},
		"ten calls":      {strings.Join(eleven[:10], ","), ""},
		"a condition":    {`{"id":"c","type":"condition","if":"{% $input.x %}","then":[` + call("a", "") + `],"else":[{"id":"f","type":"fail","error":"No","cause":"none"}]}`, ""},
		"a transform":    {call("a", "") + `,{"id":"t","type":"transform","value":{"v":"{% $a.id %}"}}`, ""},
		"handled":        {call("a", `,"onError":[`+call("b", "")+`]`), ""},
		"eleven calls":   {strings.Join(eleven, ","), "11 calls"},
		"keyed":          {call("keyed", ""), "keyed must not be sent twice"},
		"unsafe":         {call("unsafe", ""), "unsafe must not be sent twice"},
		"no known class": {call("other", ""), "other must not be sent twice"},
		"unsafe below":   {call("a", `,"onError":[`+call("unsafe", "")+`]`), "unsafe must not"},
		"pages":          {call("a", `,"paginate":{"items":"{% $response.body %}","maxItems":10}`), "pages"},
		"long time-out":  {call("a", `,"timeoutSeconds":61`), "61 seconds"},
		"long retry":     {call("a", `,"retry":[{"errors":["Http.503"],"intervalSeconds":30,"maxAttempts":3}]`), "tried again"},
		"short retry":    {call("a", `,"retry":[{"errors":["Http.503"],"intervalSeconds":5,"maxAttempts":2}]`), ""},
		"loop":           {`{"id":"l","type":"loop","over":"{% $input.x %}","as":"x","do":[` + call("a", "") + `]}`, "l repeats"},
		"wait":           {`{"id":"w","type":"wait","seconds":1}`, "w waits for a time"},
		"approval":       {`{"id":"p","type":"approval","message":"go?"}`, "p waits for a person"},
		"nested":         {`{"id":"n","type":"workflow","workflow":"wfl_0197f0a2-5b3c-7d4e-8f90-a1b2c3d4e5f6","input":{}}`, "n waits for a run"},
		"parallel":       {`{"id":"p","type":"parallel","branches":{"x":[` + call("a", "") + `]}}`, "p has branches"},
		"chance":         {`{"id":"t","type":"transform","value":"{% $random() %}"},` + call("a", ""), "another value each time"},
		"the clock":      {call("a", `,"parameters":{"since":"{% $now() %}"}`), "another value each time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := workflow.Parse([]byte(`{"apiq":"1","name":"n","input":{"type":"object"},"steps":[` + c.steps + `]}`))
			if err != nil {
				t.Fatalf("%v %+v", err, problems(err))
			}
			brief, why := asl.Brief(doc, safe)
			if brief != (c.why == "") || !strings.Contains(why, c.why) {
				t.Errorf("brief %v: %q, want %q", brief, why, c.why)
			}
		})
	}
}
