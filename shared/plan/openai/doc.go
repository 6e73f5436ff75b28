// Package openai is the planning model over any server that speaks OpenAI's chat
// completions. The model may only choose among the operations offered: they are
// an enum of a strict schema, and what it answers is judged again here, so that
// on servers without strict schemas an invented operation is refused too. In a
// conversation it names edits, which are applied here to the last plan; it does
// not write that anew. The prompt is data beside constant instructions: the goal,
// what the person said before, the offered operations, plans made of them. It has
// never a credential and never an API's answer. See docs/planning.md.
package openai
