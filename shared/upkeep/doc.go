// Package upkeep owns what is done for all workspaces at night: drift of specs,
// rotation of keys, the archive of the trail.
package upkeep
