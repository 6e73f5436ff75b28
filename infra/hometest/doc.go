// Package hometest is the end-to-end suite of a home, written against HTTP alone:
// every home passes it.
package hometest
