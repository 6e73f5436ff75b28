package spec

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// BenchmarkCheck checks a sample of each of many real answers for the first time,
// which compiles what the value comes to, then again and again.
func BenchmarkCheck(b *testing.B) {
	for _, file := range []string{"github.json.gz", "stripe.yaml.gz", "kubernetes.json.gz"} {
		b.Run(file, func(b *testing.B) {
			d, err := Parse(context.Background(), corpusFile(b, file), nil)
			if err != nil {
				b.Fatal(err)
			}
			type pair struct{ schema, value json.RawMessage }
			var pairs []pair
			for i, s := range d.Summaries() {
				if i%16 != 0 {
					continue
				}
				op, err := d.Operation(s.ID)
				if err != nil {
					b.Fatal(err)
				}
				if schema, ok := op.SuccessSchema(); ok {
					v, _ := d.SampleAs(Answered, schema, 1)
					raw, err := json.Marshal(v)
					if err != nil {
						b.Fatal(err)
					}
					pairs = append(pairs, pair{schema, raw})
				}
			}
			// A validator of its own each: what one operation costs that is the first.
			var compile, check []time.Duration
			for _, p := range pairs {
				v := newValidator(d)
				instance, err := plain(p.value)
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if _, checked, _ := v.run(Answered, p.schema, instance, maxVisits); !checked {
					b.Fatal("does not compile")
				}
				compile = append(compile, time.Since(start))
				const rounds = 20
				start = time.Now()
				for range rounds {
					v.run(Answered, p.schema, instance, maxVisits)
				}
				check = append(check, time.Since(start)/rounds)
			}
			slices.Sort(compile)
			slices.Sort(check)
			for i := 0; b.Loop(); i++ {
				p := pairs[i%len(pairs)]
				d.ValidateAs(Answered, p.schema, p.value)
			}
			at := func(list []time.Duration, percent int) float64 {
				return float64(list[min(len(list)*percent/100, len(list)-1)].Nanoseconds())
			}
			b.ReportMetric(at(compile, 50)/1e6, "first-p50-ms")
			b.ReportMetric(at(compile, 95)/1e6, "first-p95-ms")
			b.ReportMetric(at(check, 50)/1e3, "again-p50-µs")
			b.ReportMetric(at(check, 95)/1e3, "again-p95-µs")
		})
	}
}
