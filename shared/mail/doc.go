// Package mail is the port to whatever sends mail. It renders nothing and queues
// nothing.
package mail
