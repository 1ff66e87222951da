package main

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// maxDepth is how deep brackets may nest. OPA's own limit is far beyond what the host's stack
// holds, and running out of that costs the whole instance.
const maxDepth = 250

type parsedSource struct {
	source
	module *ast.Module
}

func (r request) version() ast.RegoVersion {
	if r.RegoVersion == 0 {
		return ast.RegoV0
	}
	return ast.RegoV1
}

func (r request) parserOptions(allowed *ast.Capabilities) ast.ParserOptions {
	return ast.ParserOptions{
		Capabilities:      allowed,
		ProcessAnnotation: true,
		RegoVersion:       r.version(),
	}
}

// parse reads every source, so that one run tells the faults of all.
func parse(places index, sources []source, options ast.ParserOptions) ([]parsedSource, []fault) {
	var parsed []parsedSource
	var faults []fault
	for _, each := range sources {
		if offset := tooDeep(each.Text); offset >= 0 {
			faults = append(faults, fault{
				Code:    "rego/parse",
				Message: fmt.Sprintf("brackets are nested more than %d deep", maxDepth),
				Place:   places.at(each.Path, offset, offset+1),
			})
			continue
		}
		module, err := ast.ParseModuleWithOpts(each.Path, each.Text, options)
		if err != nil {
			faults = append(faults, places.faults(err)...)
			continue
		}
		parsed = append(parsed, parsedSource{each, module})
	}
	return parsed, faults
}

// tooDeep finds the bracket that goes past maxDepth, or -1. Brackets in strings and comments are
// none; templates' are counted, as the Rego inside them is.
func tooDeep(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(', '[', '{':
			depth++
			if depth > maxDepth {
				return i
			}
		case ')', ']', '}':
			depth--
		case '#':
			i = skipTo(text, i, '\n')
		case '"', '`':
			if i == 0 || text[i-1] != '$' {
				i = skipString(text, i)
			}
		}
	}
	return -1
}

func skipTo(text string, i int, end byte) int {
	for i < len(text) && text[i] != end {
		i++
	}
	return i
}

func skipString(text string, i int) int {
	if text[i] == '`' {
		return skipTo(text, i+1, '`')
	}
	for i++; i < len(text) && text[i] != '"' && text[i] != '\n'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

func byPath(sources []parsedSource) map[string]*ast.Module {
	modules := make(map[string]*ast.Module, len(sources))
	for _, each := range sources {
		modules[each.Path] = each.module
	}
	return modules
}

// packages tells the package of every source that can be parsed.
func packages(r request) (response, []byte) {
	allowed := everyCapability()
	places := newIndex(r.Sources, allowed)
	modules, faults := parse(places, r.Sources, r.parserOptions(allowed))
	answer := response{Faults: faults}
	for _, each := range modules {
		answer.Packages = append(answer.Packages, packagePath{
			File: places.byPath[each.Path],
			Path: belowData(each.module.Package.Path),
		})
	}
	return answer, nil
}

// belowData is the part of a reference into data that is made of strings.
func belowData(ref ast.Ref) []string {
	path := []string{}
	for _, term := range ref[min(1, len(ref)):] {
		name, ok := term.Value.(ast.String)
		if !ok {
			break
		}
		path = append(path, string(name))
	}
	return path
}
