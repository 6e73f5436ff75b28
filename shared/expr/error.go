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
	case "T1006":
		text = "Attempted to invoke a non-function"
	case "T1008":
		text = "Attempted to partially apply a non-function"
	case "T2001", "T2002":
		// gnata tells null from other wrong operands; the reference tells left from right.
		side := "left"
		code = "T2001"
		if strings.Contains(text, "right operand") {
			code, side = "T2002", "right"
		}
		text = "The " + side + " side of the " + token + " operator must evaluate to a number"
	case "T2003":
		text = "The left side of the range operator (..) must evaluate to an integer"
	case "T2004":
		text = "The right side of the range operator (..) must evaluate to an integer"
	case "T2006":
		text = "The right side of the function application operator ~> must be a function"
	case "T2010":
		text = "The expressions either side of operator " + token + " must evaluate to numeric or string values"
	case "D1009":
		text = "Multiple key definitions evaluate to same key: " + token
	case "D3030":
		text = "Unable to cast value to a number: " + token
	case "D3138":
		text = "The $single() function expected exactly 1 matching result.  Instead it matched more."
	case "D3139":
		text = "The $single() function expected exactly 1 matching result.  Instead it matched 0."
	case "U1001":
		text = "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive."
	}
	if fixed, ok := fixedTexts[code]; ok {
		text = fixed
	}
	return &Error{Code: code, Message: text, Pos: -1}
}

// fixedTexts are the reference's texts that name no value.
var fixedTexts = map[string]string{
	"D1004": "Regular expression matches zero length string",
	"T2008": "The expressions within an order-by clause must evaluate to numeric or string values",
	"D3001": "Attempting to invoke string function on Infinity or NaN",
	"D3010": "Second argument of replace function cannot be an empty string",
	"D3011": "Fourth argument of replace function must evaluate to a positive number",
	"D3012": "Attempted to replace a matched string with a non-string value",
	"D3020": "Third argument of split function must evaluate to a positive number",
	"D3040": "Third argument of match function must evaluate to a positive number",
	"D3050": "The second argument of reduce function must be a function with at least two arguments",
	"D3070": "The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function",
	"D3135": "No matching closing bracket ']' in date/time picture string",
	"D3136": "The date/time picture string is missing specifiers required to parse the timestamp",
}
