// Package s3 is the blob driver over an S3 bucket. It never lists or deletes
// outside the names it is given.
package s3
