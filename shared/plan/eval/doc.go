// Package eval measures planning over goals whose answers are known: it reads the
// goals and the documents of a folder, has each goal answered, and scores the
// answers. It knows no planner; see System.
package eval
