package spec

import "github.com/apiq/apiq/shared/spec/internal/rawjson"

// Direction says which way a value goes. A property that is readOnly is not
// required of a request, nor one that is writeOnly of an answer (OpenAPI 3.0.3,
// "Schema Object"; 3.1 leaves it to the tool).
type Direction uint8

// The directions. AnyWay takes `required` at its word.
const (
	AnyWay Direction = iota
	Sent
	Answered
	directions
)

// absent tells of properties that a schema requires whether they may be left out in
// a direction: by the first of the schemas that has the property, of which the last
// is the one that the requiring schema is a part of.
func (d *Document) absent(dir Direction, schemas ...[]byte) func(name string) bool {
	const few = 8 // of so few each is looked up, of more they are all listed
	asked := 0
	var listed map[string]bool
	return func(name string) bool {
		if asked++; asked <= few {
			for _, schema := range schemas {
				if p, ok := d.Shape(schema).Property(name); ok {
					return goesNot(dir, p)
				}
			}
			return false
		}
		if listed == nil {
			listed = map[string]bool{}
			for _, schema := range schemas {
				for _, p := range d.Shape(schema).Properties() {
					if _, seen := listed[p.Name]; !seen {
						listed[p.Name] = goesNot(dir, p)
					}
				}
			}
		}
		return listed[name]
	}
}

// goesNot tells a property that does not go in a direction.
func goesNot(dir Direction, p Property) bool {
	return dir == Sent && p.ReadOnly || dir == Answered && p.WriteOnly
}

// discriminator is what a list of alternatives is chosen by.
type discriminator struct {
	property string
	mapping  []byte
}

func readDiscriminator(v []byte) (d discriminator) {
	d.property, _ = rawjson.String(rawjson.Get(v, "propertyName"))
	d.mapping = rawjson.Get(v, "mapping")
	return d
}

// names lists the values that choose an alternative: those mapped to it, and the
// name of its component unless that is mapped elsewhere (OpenAPI 3.1.1,
// "Discriminator Object").
func (d discriminator) names(alternative []byte) []string {
	ref, ok := refOf(alternative)
	if !ok {
		return nil
	}
	own := componentName(ref)
	var names []string
	implied := own != ""
	for key, v := range rawjson.Members(d.mapping) {
		target, _ := rawjson.String(v)
		if target == ref || target == own && own != "" {
			names = append(names, string(key))
		} else if string(key) == own {
			implied = false
		}
	}
	if implied {
		names = append(names, own)
	}
	return names
}
