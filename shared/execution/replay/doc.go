// Package replay runs recorded executions through the interpreter and says where
// the two part: `apiq asl replay FILE`. A case holds a definition, an input, and
// the history that AWS recorded; the recorded outcomes of tasks are fed in, and of
// branches that race the recorded order is followed. It never calls anything.
package replay
