// Package hostile holds API documents that are made to break what reads them: each
// is small, or of a size that is taken, and asks for far more work than its size.
// It is for tests only.
package hostile

import (
	"fmt"
	"strings"
)

// Document is one of them. Its operations are GET, whose answer is component S, and
// POST, which takes it too.
type Document struct{ Name, JSON string }

// Documents makes them anew.
func Documents() []Document {
	return []Document{
		{"chain of allOf", of(chain(2000, `"allOf":[NEXT,{"properties":{"pNUM":{"type":"string"}},"required":["pNUM"]}]`))},
		{"wide allOf of wide objects", of(`"S":{"allOf":[` + list(120, func(int) string { return ref("W") }) + `]},"W":` + object(2000, `{"type":"string"}`))},
		{"ring that requires itself", of(chain(1000, `"type":"object","required":["pNUM"],"properties":{"pNUM":NEXT}`))},
		{"exponential oneOf", of(chain(60, `"oneOf":[{"type":"object","required":["a"],"properties":{"a":NEXT}},{"type":"object","required":["a"],"properties":{"a":NEXT,"pNUM":{}}}]`))},
		{"exponential anyOf", of(chain(60, `"anyOf":[{"not":NEXT},{"allOf":[NEXT,NEXT]}]`))},
		{"alternatives of wide objects", of(`"S":{"oneOf":[` + list(120, func(int) string { return ref("W") }) + `]},"W":` + object(500, `{"type":"string"}`))},
		{"tree of wide objects", of(chain(30, `"type":"object","required":["a","b","c"],"properties":{"a":NEXT,"b":NEXT,"c":NEXT,`+members(300, `{"type":"integer"}`)+`}`))},
		{"objects of ten thousand", of(`"S":` + object(10_000, ref("W")) + `,"W":` + object(10_000, `{"type":"string"}`))},
		{"patterns by the thousand", of(`"S":` + object(20_000, `{"type":"string","pattern":"^(?:[a-z]{1000}|x)$"}`))},
		{"one pattern of many repeats", of(`"S":{"type":"string","pattern":"` + strings.Repeat("a{1000}", 20_000) + `"}`)},
		{"one pattern of many classes", of(`"S":{"type":"string","pattern":"^` + strings.Repeat(`\\pL\\PN`, 20_000) + `$"}`)},
		{"patterns that backtrack elsewhere", of(`"S":` + object(500, `{"type":"string","minLength":5000,"pattern":"(a*)*(a|aa)+(.*)*$"}`))},
		{"names by pattern", of(`"S":{"type":"object","minProperties":2000,"additionalProperties":{"type":"string"},"patternProperties":{` + list(500, func(i int) string { return fmt.Sprintf(`"^(k|e|y|%d){0,100}$":{"type":"string"}`, i) }) + `}}`)},
		{"texts of a billion", of(`"S":` + object(2000, `{"type":"string","minLength":1000000000}`))},
		{"texts of ten thousand", of(`"S":` + object(2000, `{"type":"string","minLength":10000}`))},
		{"lists of a billion", of(chain(20, `"type":"array","minItems":1000000000,"items":NEXT`))},
		{"lists of at most a billion", of(`"S":{"type":"array","maxItems":1000000000,"uniqueItems":true,"minItems":1000,"items":{"enum":["a"]}}`)},
		{"a billion properties", of(`"S":{"type":"object","minProperties":1000000000,"additionalProperties":` + ref("S") + `}`)},
		{"names that are nowhere", of(`"S":{"type":"object","required":[` + list(50_000, func(i int) string { return fmt.Sprintf(`"n%d"`, i) }) + `]}`)},
		{"large examples", of(`"S":` + object(2000, ref("E")) + `,"E":{"type":"array","items":{"type":"integer"},"example":[` + list(100_000, func(int) string { return "1" }) + `]}`)},
		{"large constants", of(`"S":` + object(2000, ref("E")) + `,"E":{"const":"` + strings.Repeat("x", 500_000) + `"}`)},
		{"large sets", of(`"S":` + object(1000, ref("E")) + `,"E":{"enum":[` + list(100_000, func(i int) string { return fmt.Sprint(i) }) + `],"not":{"enum":[1,2]}}`)},
		{"impossible", of(`"S":` + object(300, `{"type":"object","required":["a"],"properties":{"a":{"allOf":[{"type":"string"},{"type":"integer"}]}},"additionalProperties":false,"minProperties":3}`))},
		{"discriminated without end", of(`"S":{"oneOf":[` + list(60, func(i int) string { return ref(fmt.Sprint("D", i)) }) + `],"discriminator":{"propertyName":"k"}},` + list(60, func(i int) string {
			return fmt.Sprintf(`"D%d":{"type":"object","required":["k","s"],"properties":{"k":{"type":"string"},"s":%s}}`, i, ref("S"))
		}))},
		{"many parameters", parameters(5000)},
	}
}

// of is a document with these components.
func of(schemas string) string {
	return document(`"get":{"operationId":"get","responses":{"200":{"description":"","content":{"application/json":{"schema":`+ref("S")+`}}}}},
"post":{"operationId":"post","requestBody":{"required":true,"content":{"application/json":{"schema":`+ref("S")+`}}},"responses":{"200":{"description":"","content":{"application/json":{"schema":`+ref("S")+`}}}}}`, schemas)
}

func document(operations, schemas string) string {
	return `{"openapi":"3.1.0","info":{"title":"hostile","version":"1"},"paths":{"/a":{` + operations + `}},"components":{"schemas":{` + schemas + `}}}`
}

func parameters(n int) string {
	return document(`"get":{"operationId":"get","parameters":[`+list(n, func(i int) string {
		return fmt.Sprintf(`{"name":"p%d","in":"query","style":"deepObject","explode":true,"schema":%s}`, i, ref("S"))
	})+`],"responses":{"200":{"description":""}}}`, `"S":`+object(1000, ref("S")))
}

// chain is S and n components that each refer to the next, NEXT, the last one to S;
// NUM is the component's number.
func chain(n int, schema string) string {
	return list(n, func(i int) string {
		name, next := fmt.Sprint("S", i), ref(fmt.Sprint("S", i+1))
		if i == 0 {
			name = "S"
		}
		if i == n-1 {
			next = ref("S")
		}
		return `"` + name + `":{` + strings.NewReplacer("NEXT", next, "NUM", fmt.Sprint(i)).Replace(schema) + `}`
	})
}

func ref(name string) string { return `{"$ref":"#/components/schemas/` + name + `"}` }

// object requires n properties of one schema.
func object(n int, schema string) string {
	return `{"type":"object","required":[` + list(n, func(i int) string { return fmt.Sprintf(`"p%d"`, i) }) + `],"properties":{` + members(n, schema) + `}}`
}

func members(n int, schema string) string {
	return list(n, func(i int) string { return fmt.Sprintf(`"p%d":%s`, i, schema) })
}

func list(n int, item func(int) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item(i))
	}
	return b.String()
}
