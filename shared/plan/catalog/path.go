package catalog

import "strings"

// fixedSegments are the path's segments that hold no parameter.
func fixedSegments(path string) []string {
	var out []string
	for _, seg := range strings.Split(strings.Trim(path, "/"), "/") {
		if seg != "" && !strings.Contains(seg, "{") {
			out = append(out, seg)
		}
	}
	return out
}

// pathEntity is the noun of the last fixed segment, passing over versions.
func pathEntity(path string) string {
	segs := fixedSegments(path)
	for i := len(segs) - 1; i >= 0; i-- {
		if n := Noun(segs[i]); n != "" && !versionSegment(segs[i]) {
			return n
		}
	}
	return ""
}

func versionSegment(seg string) bool {
	return len(seg) > 1 && len(seg) < 6 && seg[0] == 'v' && strings.Trim(seg[1:], "0123456789.") == ""
}

// paramEntity is the thing that a path parameter names: from its own name
// ("petId", "playlist_id"), else from the segment before it.
func paramEntity(path, name string) string {
	if n := idEntity(name); n != "" {
		return n
	}
	segs := strings.Split(strings.Trim(path, "/"), "/")
	for i, seg := range segs {
		if strings.Contains(seg, "{"+name+"}") {
			for j := i - 1; j >= 0; j-- {
				if !strings.Contains(segs[j], "{") {
					return Noun(segs[j])
				}
			}
		}
	}
	return ""
}

// idEntity is the noun in the name of an identifier of another thing: "pet" of
// petId, "customer" of customer_id; "" of a plain id or of any other name.
func idEntity(name string) string {
	ws := Split(name)
	if len(ws) < 2 || !idWords[ws[len(ws)-1]] || ws[len(ws)-1] == "number" {
		return ""
	}
	n := ws[len(ws)-2]
	if stopWords[n] || generic[Singular(n)] {
		return ""
	}
	return Singular(n)
}

// Collection is the path without its last segment if that is a parameter:
// where the things of an item path are listed and created.
func (o *Op) Collection() string {
	if !o.pathParamLast() {
		return o.Spec.Path
	}
	return o.Spec.Path[:strings.LastIndexByte(o.Spec.Path, '/')]
}

// PrefixOf is the part of a path before a parameter, without the slash.
func PrefixOf(path, param string) string {
	i := strings.Index(path, "/{"+param+"}")
	if i < 0 {
		return ""
	}
	return path[:i]
}
