package workflow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/workflow"
)

// BenchmarkParse reads a document of n steps with two expressions each.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{20, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list := []string{`{"id":"s0","type":"transform","value":1}`}
			for i := 1; i < n; i++ {
				list = append(list, fmt.Sprintf(`{"id":"s%d","type":"api_call","connection":"con_a","operation":"o","parameters":{"a":"{%% $s%d.a %%}"},"body":{"b":"{%% 'x' & $input.b %%}"}}`, i, i-1))
			}
			raw := []byte(steps(strings.Join(list, ",")))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := workflow.Parse(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
