package draft

import "strings"

// Reserved says whether a name cannot be a step's or an item's: JSONata's
// functions, keywords and the document's own names would be hidden by its value.
func Reserved(name string) bool { return reserved[strings.ToLower(name)] }

var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`input index response states abs append assert average base64decode base64encode boolean ceil clone contains count decodeurl
decodeurlcomponent distinct each encodeurl encodeurlcomponent error eval exists filter floor formatbase formatinteger formatnumber frommillis join
keys length lookup lowercase map match max merge millis not now number pad parseinteger partition parse power random reduce replace reverse
round shuffle sift single sort split spread sqrt string substring substringafter substringbefore sum tomillis trim type uppercase uuid hash range zip and or in true false null function`) {
		m[w] = true
	}
	return m
}()
