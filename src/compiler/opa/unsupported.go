package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

var unboundName = regexp.MustCompile(`^var (\S+) is unsafe$`)

// unsupported recognises the ways in which OPA says that a function of its own is not among the
// capabilities: as an undefined function where it is called, as an unbound variable where it is a
// value or stands in for another function, as a wrong target where it is replaced.
func (x index) unsupported(err *ast.Error) (fault, bool) {
	if name, ok := strings.CutPrefix(err.Message, "undefined function "); ok {
		return refusal(name, x.locate(err.Location)), x.isRefused(name)
	}
	if err.Location == nil {
		return fault{}, false
	}
	if strings.HasPrefix(err.Message, "with keyword target must reference") {
		name := string(err.Location.Text)
		return refusal(name, x.locate(err.Location)), x.isRefused(name)
	}
	variable := unboundName.FindStringSubmatch(err.Message)
	if variable == nil {
		return fault{}, false
	}
	// What OPA made of `f(x) with f as http.send` has the place of `f(x)`.
	text := x.textOf(err.Location)
	start := byteOffset(text, err.Location)
	reference := regexp.MustCompile(`\b` + regexp.QuoteMeta(variable[1]) + `\b(?:\.\w+)*`)
	at := reference.FindStringIndex(blankStrings(text[start:]))
	if at == nil {
		return fault{}, false
	}
	name := text[start+at[0] : start+at[1]]
	return refusal(name, x.at(err.Location.File, start+at[0], start+at[1])), x.isRefused(name)
}

// variablePlace is where an unbound variable stands in what OPA gives as its place, which may be
// all of an assignment.
func (x index) variablePlace(err *ast.Error) *place {
	variable := unboundName.FindStringSubmatch(err.Message)
	if variable == nil || err.Location == nil {
		return x.locate(err.Location)
	}
	name := regexp.MustCompile(`\b` + regexp.QuoteMeta(variable[1]) + `\b`)
	at := name.FindStringIndex(blankStrings(string(err.Location.Text)))
	if at == nil {
		return x.locate(err.Location)
	}
	start := byteOffset(x.textOf(err.Location), err.Location)
	return x.at(err.Location.File, start+at[0], start+at[1])
}

// isRefused says whether OPA has a function that may not be used here.
func (x index) isRefused(name string) bool {
	_, known := ast.BuiltinMap[name]
	return known && !x.allowed.ContainsBuiltin(name)
}

// blankStrings puts spaces in the place of strings and comments, byte for byte.
func blankStrings(text string) string {
	blank := []byte(text)
	for i := 0; i < len(text); i++ {
		end := i
		switch text[i] {
		case '"', '`':
			end = min(skipString(text, i), len(text)-1)
		case '#':
			end = min(skipTo(text, i, '\n'), len(text)-1)
		default:
			continue
		}
		for ; i < end; i++ {
			blank[i] = ' '
		}
		blank[i] = ' '
	}
	return string(blank)
}

func refusal(name string, at *place) fault {
	result := fault{
		Code:    "rego/unsupported-builtin",
		Message: fmt.Sprintf("`%s` is not a function that a policy can use", name),
		Help:    "the engine does not have it: use another function, or Rego",
		Place:   at,
	}
	if ioBuiltins[name] {
		result.Help = "a policy sees its input and its parameters and nothing else: " +
			"hand in what it needs as a parameter"
	}
	return result
}

func (x index) textOf(location *ast.Location) string {
	file, ok := x.byPath[location.File]
	if !ok {
		return ""
	}
	return x.sources[file].Text
}
