// Package bucket is a limit.Limiter for many processes: token buckets kept in the
// table by conditional writes.
package bucket
