// Package awsenv makes the configuration of AWS clients from a function's environment.
package awsenv
