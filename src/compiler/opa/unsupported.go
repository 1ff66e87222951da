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
		if _, known := ast.BuiltinMap[name]; known {
			return refusal(name, x.locate(err.Location)), true
		}
		return fault{}, false
	}
	if err.Location == nil {
		return fault{}, false
	}
	text := string(err.Location.Text)
	if strings.HasPrefix(err.Message, "with keyword target must reference") {
		_, known := ast.BuiltinMap[text]
		return refusal(text, x.locate(err.Location)), known
	}
	if variable := unboundName.FindStringSubmatch(err.Message); variable != nil {
		reference := regexp.MustCompile(`\b` + regexp.QuoteMeta(variable[1]) + `(?:\.\w+)*`)
		at := reference.FindStringIndex(text)
		if at == nil {
			return fault{}, false
		}
		name := text[at[0]:at[1]]
		_, known := ast.BuiltinMap[name]
		start := byteOffset(x.textOf(err.Location), err.Location)
		return refusal(name, x.at(err.Location.File, start+at[0], start+at[1])), known
	}
	return fault{}, false
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
