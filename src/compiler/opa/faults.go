package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/open-policy-agent/opa/v1/ast"
)

var codes = map[string]string{
	ast.ParseErr:     "rego/parse",
	ast.CompileErr:   "rego/compile",
	ast.TypeErr:      "rego/type",
	ast.UnsafeVarErr: "rego/unsafe-var",
	ast.RecursionErr: "rego/recursion",
}

// faults lists what OPA found wrong, each once.
func (x index) faults(err error) []fault {
	var list ast.Errors
	if many, ok := errors.AsType[ast.Errors](err); ok {
		list = many
	} else if one, ok := errors.AsType[*ast.Error](err); ok {
		list = ast.Errors{one}
	} else {
		return []fault{{Code: "rego/compile", Message: oneClause(err.Error())}}
	}
	result := make([]fault, 0, len(list))
	for _, each := range mergeCircles(list) {
		found := x.fault(each.Error)
		for _, location := range each.related {
			if place := x.locate(location); place != nil {
				found.Related = append(found.Related, place)
			}
		}
		result = append(result, found)
	}
	return dropEchoes(result)
}

func (x index) fault(err *ast.Error) fault {
	message, hint := splitHint(err.Message)
	result := fault{
		Code:    codes[err.Code],
		Message: oneClause(message),
		Help:    hint,
		Place:   x.variablePlace(err),
	}
	if result.Code == "" {
		result.Code = "rego/compile"
	}
	x.addDetails(&result, err)
	if x.inMetadata(err.Location) {
		result.Code = "rego/metadata"
		result.Message = yamlPrefix.ReplaceAllString(result.Message, "")
		return result
	}
	if unsupported, ok := x.unsupported(err); ok {
		return unsupported
	}
	result.Message = reword(result.Message)
	return result
}

func (x index) addDetails(result *fault, err *ast.Error) {
	switch details := err.Details.(type) {
	case nil:
	case *ast.ParserErrorDetail:
		// The line, which the frame shows.
	case *ast.RefErrInvalidDetail:
		x.widen(result, details.Ref.String())
		if len(details.OneOf) > 0 {
			result.Help = "there is " + strings.Join(quoteAll(details.OneOf), ", ")
		} else if details.Want != nil {
			result.Help = "the key must be of type " + details.Want.String()
		}
	default:
		result.Help = strings.Join(err.Details.Lines(), "\n")
	}
}

// widen makes a place that is the first word of a text in the source as long as the text.
func (x index) widen(result *fault, text string) {
	if result.Place == nil {
		return
	}
	units := utf16.Encode([]rune(x.sources[result.Place.File].Text))
	end := result.Place.Start + len(utf16.Encode([]rune(text)))
	if end <= len(units) && string(utf16.Decode(units[result.Place.Start:end])) == text {
		result.Place.End = end
	}
}

func quoteAll(values []ast.Value) []string {
	quoted := make([]string, len(values))
	for i, each := range values {
		name, ok := each.(ast.String)
		if !ok {
			name = ast.String(each.String())
		}
		quoted[i] = "`" + string(name) + "`"
	}
	return quoted
}

var (
	hintMark   = regexp.MustCompile(`\s*(?:\(hint: |Hint: )`)
	yamlPrefix = regexp.MustCompile(`^yaml: (?:unmarshal errors: )?(?:line \d+: )?`)
	breaks     = regexp.MustCompile(`\s*\n\s*`)
)

// splitHint parts OPA's message from the advice in it.
func splitHint(message string) (string, string) {
	at := hintMark.FindStringIndex(message)
	if at == nil {
		return message, ""
	}
	return message[:at[0]], strings.TrimSuffix(oneClause(message[at[1]:]), ")")
}

func oneClause(message string) string {
	return strings.TrimSuffix(breaks.ReplaceAllString(strings.TrimSpace(message), " "), ".")
}

// rewordings put the commonest messages into our form; others stay as OPA has them.
var rewordings = []struct {
	pattern *regexp.Regexp
	message string
}{
	{regexp.MustCompile(`^var (\S+) is unsafe$`), "`$1` is never bound"},
	{regexp.MustCompile(`^undefined function (\S+)$`), "there is no function `$1`"},
	{regexp.MustCompile(`^undefined ref: (.+)$`), "`$1` does not exist"},
	{regexp.MustCompile(`^import (\S+) unused$`), "the import of `$1` is never used"},
	{regexp.MustCompile(`^assigned var (\S+) unused$`), "`$1` is assigned and never used"},
	{regexp.MustCompile(`^declared var (\S+) unused$`), "`$1` is declared and never used"},
	{regexp.MustCompile(`^unused argument (\S+)$`), "the argument `$1` is never used"},
}

func reword(message string) string {
	for _, each := range rewordings {
		if each.pattern.MatchString(message) {
			return each.pattern.ReplaceAllString(message, each.message)
		}
	}
	return message
}

// inMetadata says whether a location lies in a METADATA block: OPA gives such faults no code.
func (x index) inMetadata(location *ast.Location) bool {
	if location == nil {
		return false
	}
	file, ok := x.byPath[location.File]
	if !ok {
		return false
	}
	lines := strings.SplitN(x.sources[file].Text, "\n", location.Row+1)
	for row := min(location.Row, len(lines)); row > 0; row-- {
		comment, ok := strings.CutPrefix(lines[row-1], "#")
		if !ok {
			return false
		}
		if strings.HasPrefix(strings.TrimSpace(comment), "METADATA") {
			return true
		}
	}
	return false
}

// dropEchoes keeps one of the faults that OPA tells more than once for a place: the parser's next
// attempts at the same token, or a conflict once for each rule of a document.
func dropEchoes(faults []fault) []fault {
	var kept []fault
	for _, each := range faults {
		at := slices.IndexFunc(kept, func(other fault) bool { return isEcho(other, each) })
		if at < 0 {
			kept = append(kept, each)
		} else if strings.HasPrefix(each.Message, kept[at].Message) {
			kept[at] = each
		}
	}
	return kept
}

func isEcho(a, b fault) bool {
	if a.Place == nil || b.Place == nil || *a.Place != *b.Place || a.Code != b.Code {
		return false
	}
	stem, _, _ := strings.Cut(a.Message, " defined at ")
	return a.Code == "rego/parse" || a.Message == b.Message ||
		stem != a.Message && strings.HasPrefix(b.Message, stem)
}
