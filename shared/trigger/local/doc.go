// Package local keeps clocks and events of triggers in one process, over the table.
package local
