// Package train grows the forests that retrieve and sequence decide by, from goals
// with known answers. The same goals give the same forests.
package train
