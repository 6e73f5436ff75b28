package learn_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/plan/learn"
)

// choices are those of a rule that no line separates: the alternative is right whose
// first two numbers are on different sides of one half; the third number is noise.
func choices(n int, seed uint64) []learn.Choice {
	random := rand.New(rand.NewPCG(seed, 1))
	var out []learn.Choice
	for range n {
		var c learn.Choice
		right := random.IntN(4)
		for i := range 4 {
			a, b := random.Float64()/2, random.Float64()/2
			switch flip := random.IntN(2) == 0; {
			case i == right && flip:
				a += 0.5
			case i == right:
				b += 0.5
			case flip:
				a, b = a+0.5, b+0.5
			}
			c.Of = append(c.Of, []float64{a, b, random.Float64()})
		}
		c.Taken = right
		out = append(out, c)
	}
	return out
}

func accuracy(f *learn.Forest, list []learn.Choice) float64 {
	right := 0
	for _, c := range list {
		best := 0
		for i := range c.Of {
			if f.Score(c.Of[i]) > f.Score(c.Of[best]) {
				best = i
			}
		}
		if best == c.Taken {
			right++
		}
	}
	return float64(right) / float64(len(list))
}

func TestGrow(t *testing.T) {
	t.Parallel()
	o := learn.Options{Trees: 60, Leaves: 4, Columns: 1, Rate: 0.3, Seed: 7}
	var told int
	o.Progress = func(done, all int) { told = done * 1000 / all }
	f, err := learn.Grow(context.Background(), choices(600, 1), 3, &o)
	if err != nil || told != 1000 {
		t.Fatal(err, told)
	}
	if got := accuracy(f, choices(400, 2)); got < 0.95 {
		t.Errorf("%.2f of the choices that it has not seen are right", got)
	}
	again, err := learn.Grow(context.Background(), choices(600, 1), 3, &o)
	if diff := cmp.Diff(f, again); err != nil || diff != "" {
		t.Errorf("the same choices give another forest: %s", diff)
	}
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	read, err := learn.Read(raw, 3)
	if diff := cmp.Diff(f, read); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := learn.Grow(ctx, choices(10, 1), 3, &o); !errors.Is(err, context.Canceled) {
		t.Errorf("ended from outside: %v", err)
	}
	if f, err := learn.Grow(context.Background(), nil, 3, &learn.Options{Trees: 2}); err != nil || f.Score([]float64{1, 2, 3}) != 0 {
		t.Errorf("of nothing: %v, %v", f, err)
	}
}

// TestRead: what leads nowhere, round in a ring or to a number that is not there is refused.
func TestRead(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"features":2,"trees":[{"f":[1],"t":[0.5],"l":[-1],"r":[-2],"v":[1,2]}]}`: "",
		`{"features":2,"trees":[{"f":[],"t":[],"l":[],"r":[],"v":[1]}]}`:           "",
		`{"features":2`:             "read forest",
		`{"features":3,"trees":[]}`: "grown again",
		`{"features":2,"trees":[{"f":[2],"t":[0.5],"l":[-1],"r":[-2],"v":[1,2]}]}`:             "damaged",
		`{"features":2,"trees":[{"f":[1],"t":[0.5],"l":[0],"r":[-2],"v":[1,2]}]}`:              "damaged",
		`{"features":2,"trees":[{"f":[1],"t":[0.5],"l":[1],"r":[-2],"v":[1,2]}]}`:              "damaged",
		`{"features":2,"trees":[{"f":[1],"t":[0.5],"l":[-1],"r":[-3],"v":[1,2]}]}`:             "damaged",
		`{"features":2,"trees":[{"f":[1],"t":[],"l":[-1],"r":[-2],"v":[1,2]}]}`:                "damaged",
		`{"features":2,"trees":[{"f":[1,0],"t":[0.5,0.5],"l":[1,0],"r":[-1,-2],"v":[1,2,3]}]}`: "damaged",
	} {
		f, err := learn.Read([]byte(raw), 2)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", raw, err)
			} else if got := f.Score([]float64{0, 0.5}); got != 1 {
				t.Errorf("%s: %v", raw, got)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

func TestSoftmax(t *testing.T) {
	t.Parallel()
	x := []float64{1000, 1000 + math.Log(3)}
	if learn.Softmax(x); math.Abs(x[0]-0.25) > 1e-9 || math.Abs(x[1]-0.75) > 1e-9 {
		t.Errorf("%v", x)
	}
}
