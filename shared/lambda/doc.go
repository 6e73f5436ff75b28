// Package lambda turns what AWS Lambda is invoked with into what the product
// serves: HTTP API events (payload format 2.0) into requests, everything else into
// calls with JSON in and out. It never decides who may do what.
//
// Paths: an HTTP API matches routes against the decoded path and hands it over
// decoded, so that an encoded slash is lost before a function sees it. The edge in
// front of it (CloudFront) therefore encodes every path once more, and shows by a
// secret header that it did: then the path arrives as the client wrote it.
package lambda
