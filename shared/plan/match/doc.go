// Package match tells how well an operation fits a goal: by the words that both have,
// by what is done, and by the mentions of the goal that it may serve. It gives
// numbers; packages retrieve and sequence weigh them.
package match
