// Package migrate brings stored items to the newest schema, once, before the code
// that needs it serves.
package migrate
