// Package upkeep owns what is done for all workspaces at night: drift of specs,
// rotation of keys, the archive of the trail, the removal of what is kept no longer.
// Each is a task that a state machine calls, one workspace at a time, or a piece that a
// clock of minutes asks for, and a loop for a home without either; all may be repeated
// at any time.
//
// It knows the domains by small interfaces only, so that a function links no more
// than its own task needs, and it decides nothing about when: a schedule does, or
// Nightly.
package upkeep
