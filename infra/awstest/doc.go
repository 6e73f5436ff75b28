// Package awstest is the nearest real thing to AWS on one machine, for tests:
// servers on loopback that speak the wire of its services and refuse what AWS
// refuses. Nothing of it is part of the product.
package awstest
