// Package arch owns the house's arrows: which layer each package belongs to and
// which layers it may import. It holds nothing but the table and its test; no
// package ever imports it.
package arch
