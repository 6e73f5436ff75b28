// Package stepfunctions is the execution.Engine over AWS Step Functions.
package stepfunctions
