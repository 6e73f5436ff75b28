// Package openai is the planning model over any server that speaks OpenAI's chat
// completions. The model may only choose among the operations offered: they are
// an enum of a strict schema, and what it answers is judged again here, so that
// on servers without strict schemas an invented operation is refused too. The
// prompt holds the goal, what the person said before, and the offered operations
// as quoted data; never a credential and never an API's answer.
package openai
