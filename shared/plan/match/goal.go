package match

// Goal is what was asked for, as far as the order of calls depends on it.
type Goal struct {
	// Words are those that may name operations, in their order.
	Words []Word
	// Clauses counts the things asked for one by one, Verbs those of them that have a verb.
	Clauses, Verbs int
	// Sentences counts them; Commas and Joins count what lists things: ",", "and", "then".
	Sentences, Commas, Joins int
}

// Word is a word of the goal.
type Word struct {
	Stem string
	// Weight is how telling it is: 0 for what no operation says.
	Weight float64
	// Text is the word in lower case.
	Text string
	// Stop: it has no meaning of its own. Value: it is part of a value.
	Stop, Value bool
	// Noun: it is a noun more often than a verb. Nested: it stands in parentheses.
	Noun, Nested bool
	// Nominal: it is a noun that is made of a verb, and an "of" follows: "creation of".
	Nominal bool
	// Break is what stands before it.
	Break Break
	// Acts is how well each method does what the word says, where it is a verb.
	Acts *[Methods]float64
}

// Break is what stands between two words.
type Break int

// Breaks.
const (
	None Break = iota
	Comma
	Sentence
)
