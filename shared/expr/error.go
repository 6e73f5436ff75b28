package expr

import (
	"errors"
	"regexp"
	"strings"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// Error is a refused or failed expression. Error() reads as JSONata words it:
// "T1006: Attempted to invoke a non-function".
type Error struct {
	// Code is JSONata's code, or one of ours: BUDGET for an exhausted budget,
	// LENGTH, EVAL and RESERVED for what Compile refuses.
	Code    string
	Message string
	// Pos is the byte in the source where the fault lies, for errors of Compile; else -1.
	Pos int
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// ErrBudget is what errors.Is finds in an evaluation that ran out of time, steps,
// depth or size.
var ErrBudget = errors.New("expr: budget exhausted")

// Is makes errors.Is(err, ErrBudget) tell exhausted budgets.
func (e *Error) Is(target error) bool {
	return target == ErrBudget && (e.Code == codeBudget || e.Code == "U1001" || e.Code == "D2014")
}

const codeBudget = "BUDGET"

func budgetError(what string) *Error {
	return &Error{Code: codeBudget, Message: "The expression was stopped: " + what, Pos: -1}
}

func fromSyntax(err error) error {
	var s *syntax.Error
	if errors.As(err, &s) {
		return &Error{Code: s.Code, Message: s.Message, Pos: s.Pos}
	}
	return err
}

var (
	codeText = regexp.MustCompile(`^(?:JSONata error )?([A-Z]\d{4})(?: at token [^:]*)?: (.*)$`)
	quoted   = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

// fromEngine words an error of the evaluator as the reference implementation does.
func fromEngine(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	m := codeText.FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{Code: "D0000", Message: err.Error(), Pos: -1}
	}
	code, text := m[1], m[2]
	token := ""
	if q := quoted.FindString(text); q != "" {
		token = q
	}
	switch code {
	case "T1005":
		text = `Attempted to invoke a non-function. Did you mean $` + strings.Trim(text[strings.LastIndexByte(text, ' ')+1:], "$\"?") + `?`
	case "T2001", "T2002":
		// gnata tells null from other wrong operands; the reference tells left from right.
		code = "T2001"
		if strings.Contains(text, "right operand") {
			code = "T2002"
		}
	}
	if _, ok := texts[code]; ok {
		return fault(code, token)
	}
	return &Error{Code: code, Message: text, Pos: -1}
}

// fault is an error with the reference's text, about a token of the source or a value.
func fault(code, about string) *Error {
	return &Error{Code: code, Message: strings.ReplaceAll(texts[code], "%s", about), Pos: -1}
}

// texts are the reference's, with %s for what they name.
var texts = map[string]string{
	"T1006": "Attempted to invoke a non-function",
	"T1008": "Attempted to partially apply a non-function",
	"T2001": "The left side of the %s operator must evaluate to a number",
	"T2002": "The right side of the %s operator must evaluate to a number",
	"T2003": "The left side of the range operator (..) must evaluate to an integer",
	"T2004": "The right side of the range operator (..) must evaluate to an integer",
	"T2006": "The right side of the function application operator ~> must be a function",
	"T2008": "The expressions within an order-by clause must evaluate to numeric or string values",
	"T2010": "The expressions either side of operator %s must evaluate to numeric or string values",
	"D1004": "Regular expression matches zero length string",
	"D1009": "Multiple key definitions evaluate to same key: %s",
	"D3001": "Attempting to invoke string function on Infinity or NaN",
	"D3010": "Second argument of replace function cannot be an empty string",
	"D3011": "Fourth argument of replace function must evaluate to a positive number",
	"D3012": "Attempted to replace a matched string with a non-string value",
	"D3020": "Third argument of split function must evaluate to a positive number",
	"D3030": "Unable to cast value to a number: %s",
	"D3040": "Third argument of match function must evaluate to a positive number",
	"D3050": "The second argument of reduce function must be a function with at least two arguments",
	"D3070": "The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function",
	"D3135": "No matching closing bracket ']' in date/time picture string",
	"D3136": "The date/time picture string is missing specifiers required to parse the timestamp",
	"D3138": "The $single() function expected exactly 1 matching result.  Instead it matched more.",
	"D3139": "The $single() function expected exactly 1 matching result.  Instead it matched 0.",
	"U1001": "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive.",
}
