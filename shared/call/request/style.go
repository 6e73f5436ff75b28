package request

import (
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// The styles are those of OpenAPI 3.1, "Style Values", which follow RFC 6570.

// pathText serialises a path parameter.
func pathText(p spec.Parameter, v value) string {
	keep := ""
	if p.AllowReserved {
		keep = "/:@!$&'()*+,;="
	}
	enc := func(s string) string { return escape(s, keep) }
	if p.ContentType != "" {
		return enc(string(v.raw))
	}
	switch p.Style {
	case "label":
		return "." + joined(v, p.Explode, pick(p.Explode, ".", ","), enc)
	case "matrix":
		return matrix(enc(p.Name), v, p.Explode, enc)
	default:
		return joined(v, p.Explode, ",", enc)
	}
}

func pick(cond bool, a, b string) string {
	if cond {
		return a
	}
	return b
}

func matrix(name string, v value, explode bool, enc func(string) string) string {
	if v.scalar() || !explode {
		return ";" + name + "=" + joined(v, false, ",", enc)
	}
	var out strings.Builder
	for i, item := range v.items {
		key := name
		if v.kind == '{' {
			key = enc(v.names[i])
		}
		out.WriteString(";" + key + "=" + enc(item.flat()))
	}
	return out.String()
}

// joined writes a scalar, the items of an array, or the fields of an object, as
// k,v or with explode as k=v, with sep between.
func joined(v value, explode bool, sep string, enc func(string) string) string {
	if v.scalar() {
		return enc(v.text)
	}
	parts := make([]string, 0, 2*len(v.items))
	for i, item := range v.items {
		switch {
		case v.kind == '[':
			parts = append(parts, enc(item.flat()))
		case explode:
			parts = append(parts, enc(v.names[i])+"="+enc(item.flat()))
		default:
			parts = append(parts, enc(v.names[i]), enc(item.flat()))
		}
	}
	return strings.Join(parts, sep)
}

// queryPairs serialises a query parameter to encoded key=value pairs; none for an
// empty array or object.
func queryPairs(p spec.Parameter, v value) []string {
	keep := ""
	if p.AllowReserved {
		keep = reserved
	}
	return pairs(p.Name, p.Style, p.Explode, p.ContentType, v, func(s string) string { return escape(s, keep) })
}

func pairs(name, style string, explode bool, contentType string, v value, enc func(string) string) []string {
	key := escape(name, "")
	switch {
	case contentType != "":
		return []string{key + "=" + enc(string(v.raw))}
	case v.scalar():
		return []string{key + "=" + enc(v.text)}
	case style == "deepObject":
		return brackets(key, v, enc, nil)
	case len(v.items) == 0:
		return nil
	case explode:
		out := make([]string, 0, len(v.items))
		for i, item := range v.items {
			k := key
			if v.kind == '{' {
				k = escape(v.names[i], "")
			}
			out = append(out, k+"="+enc(item.flat()))
		}
		return out
	}
	sep := ","
	switch style {
	case "spaceDelimited":
		sep = "%20"
	case "pipeDelimited":
		sep = "%7C"
	case "tabDelimited":
		sep = "%09"
	}
	return []string{key + "=" + joined(v, false, sep, enc)}
}

// brackets writes nested values as a[b][0]=c, the way of PHP, Rails and Stripe;
// OpenAPI's deepObject leaves everything below one level open.
func brackets(key string, v value, enc func(string) string, out []string) []string {
	if v.scalar() {
		return append(out, key+"="+enc(v.text))
	}
	for i, item := range v.items {
		name := ""
		if v.kind == '{' {
			name = escape(v.names[i], "")
		} else {
			name = itoa(i)
		}
		out = brackets(key+"%5B"+name+"%5D", item, enc, out)
	}
	return out
}

// headerText serialises a header parameter; header values are not percent-encoded.
func headerText(p spec.Parameter, v value) string {
	if p.ContentType != "" {
		return string(v.raw)
	}
	return joined(v, p.Explode, ",", func(s string) string { return s })
}

// cookieText serialises a cookie's value within RFC 6265's cookie-octets.
func cookieText(p spec.Parameter, v value) string {
	enc := func(s string) string { return escape(s, "!#$&'()*+/:<=>?@[]^`{|}") }
	if p.ContentType != "" {
		return enc(string(v.raw))
	}
	return joined(v, false, "%2C", enc)
}
