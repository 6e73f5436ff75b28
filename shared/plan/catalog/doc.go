// Package catalog turns API documents into what planning needs of them: for
// each operation its words, its arguments, what its answer yields and which
// kind of thing it is about, with an index from words to operations. It is
// computed once per document and never changed afterwards. It never plans,
// fetches or stores anything.
package catalog
