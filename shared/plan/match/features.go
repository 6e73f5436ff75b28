package match

import "strings"

// Features is how many numbers Problem.Features gives.
const Features = 37

// Features are how an operation fits the goal, as numbers of which most are 0–1. Their
// meaning is their place; new ones go to the end.
func (p *Problem) Features(o *Op) []float64 {
	core, coreMissing := p.Share(o.Core)
	told, toldMissing := p.Share(o.Told)
	walked, walkedMissing := p.Share(o.Way)
	end, _ := p.Share(o.End)
	tag := 0.0
	for _, t := range o.Tags {
		v, _ := p.Share(t)
		tag = max(tag, v)
	}
	all := max(p.Words, 1e-9)
	named, said := p.Sum(o.Names)/all, p.Sum(o.Says)/all
	var best Fit
	over, several := 0.0, 0.0
	if i := o.Best(); i >= 0 {
		best = o.Mentions[i]
	}
	for _, f := range o.Mentions {
		over += f.All
		several += truth(f.All > 0.3)
	}
	return []float64{
		core, coreMissing, told, toldMissing, walked, walkedMissing, end, tag, truth(o.EntityStem != "" && p.said[o.EntityStem]),
		named, said, core * named, core * told,
		truth(o.Method == Get), truth(o.Method == Post), truth(o.Method == Put), truth(o.Method == Patch), truth(o.Method == Delete),
		truth(o.IsList), truth(strings.HasSuffix(o.Spec.Path, "}")), min(1, float64(strings.Count(o.Spec.Path, "{"))/4),
		truth(o.Spec.Deprecated), min(1, float64(len(o.Segments))/8),
		best.All, best.Verb, best.Object, best.Name, best.Number, truth(best.Own), over / float64(max(1, len(o.Mentions))), min(1, several/3),
		o.At, min(1, float64(len(p.Mentions))/8), min(1, float64(len(o.Core))/8), min(1, float64(len(o.Told))/12), best.All * named, best.All * core,
	}
}

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
