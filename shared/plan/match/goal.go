package match

// Goal is what was asked for, as far as the order of calls depends on it.
type Goal struct {
	// Words are those that may name operations, in their order.
	Words []Word
	// Clauses are the things asked for one by one.
	Clauses []Clause
	// Sentences counts them; Commas and Joins count what lists things: ",", "and", "then".
	Sentences, Commas, Joins int
}

// Word is a word of the goal.
type Word struct {
	Stem string
	// Clause is the clause that it stands in, -1 for none.
	Clause int
	// Weight is how telling it is: 0 for what no operation says.
	Weight float64
	// Verb: the clause's verb.
	Verb bool
	// Text is the word in lower case.
	Text string
	// Stop: it has no meaning of its own. Value: it is part of a value.
	Stop, Value bool
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

// Clause is one thing that is asked for.
type Clause struct {
	// Verb is the stem of its verb, "" for none.
	Verb string
	// Many: it speaks of several things; Each: it is done for each; Implied: it
	// names only what the next is done to; Condition: it has one.
	Many, Each, Implied, Condition bool
}
