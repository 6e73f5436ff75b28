// Package learn chooses among alternatives by a forest of small trees, and grows such
// forests from choices that are known to be right. The forest's sums are turned into
// probabilities by a softmax over the alternatives of one choice, and are grown to
// make the right ones likely (gradient boosting of the multinomial log-likelihood). It
// knows numbers only.
package learn
