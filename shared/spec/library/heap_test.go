package library

import "testing"

func TestClimb(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seen []uint64
		want uint64
	}{
		"nothing":               {nil, 0},
		"one look":              {[]uint64{70}, 0},
		"only falling":          {[]uint64{70, 50, 20}, 0},
		"rising":                {[]uint64{20, 50, 90}, 70},
		"a peak within":         {[]uint64{20, 90, 40}, 70},
		"old garbage goes":      {[]uint64{100, 110, 30, 95}, 65},
		"the first rise counts": {[]uint64{10, 90, 5, 40}, 80},
		"a low after the peak":  {[]uint64{50, 80, 10, 20}, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got climb
			for _, v := range c.seen {
				got.add(v)
			}
			if got.most != c.want {
				t.Errorf("%v rises by %d, want %d", c.seen, got.most, c.want)
			}
		})
	}
}
