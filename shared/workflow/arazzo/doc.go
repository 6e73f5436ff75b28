// Package arazzo owns the way between workflow documents and Arazzo descriptions
// (OpenAPI Initiative, Arazzo Specification 1.0.1 and 1.1.0), an exchange format.
// It calls no API and stores nothing.
//
// Import maps what has the same meaning here. What has not is refused, with its
// code and its place in the description; what has no effect on a run (extensions,
// texts that are too long) is told in notes. How things map:
//
//   - A step's outputs are the members of its value: $steps.a.outputs.b is $a.b.
//   - Simple criteria become one JSONata expression with their meaning: strings are
//     compared without case, null is also what is not there.
//   - Steps run in a row. Where one goes elsewhere (goto, end), the rest stands in
//     the branches of a condition after it; going back is refused.
//   - A workflow that a step runs is written in the step's place.
//   - A retry becomes the step's retry: which errors are repeated at all is decided
//     by the operation's effect class, as always.
//
// Export is the way back for what Arazzo can say: calls in a row. It writes 1.0.1,
// and 1.1.0 where a step has a timeout. A document that it writes is imported as
// the same document; the steps that it marks with x-apiq-output tell how their
// value is made.
package arazzo
