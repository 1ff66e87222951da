package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
)

// build compiles the sources, but for the tests among them, to one module or plan.
func build(r request) (response, []byte) {
	sources := slices.DeleteFunc(slices.Clone(r.Sources), func(each source) bool {
		return strings.HasSuffix(each.Path, "_test.rego")
	})
	allowed, err := engineCapabilities(r.HostBuiltins)
	if err != nil {
		return response{Failure: err.Error()}, nil
	}
	places := newIndex(r.Sources, allowed)
	modules, faults := parse(places, sources, r.parserOptions(allowed))
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	described, faults := annotations(places, modules)
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	simplifySchemas(modules)
	checked := ast.NewCompiler().
		WithCapabilities(allowed).
		WithDefaultRegoVersion(r.version()).
		WithStrict(!r.Lenient).
		WithUseTypeCheckAnnotations(true).
		SetErrorLimit(0)
	checked.Compile(byPath(modules))
	if checked.Failed() {
		return response{Annotations: described, Faults: places.faults(checked.Errors)}, nil
	}
	answer := response{Annotations: described}
	if answer.Faults = missingEntrypoints(checked, r.Entrypoints); len(answer.Faults) > 0 {
		return answer, nil
	}
	linked, err := link(r, modules, allowed)
	if err != nil {
		answer.Faults = places.faults(err)
		return answer, nil
	}
	if r.Target == compile.TargetPlan {
		return answer, linked.PlanModules[0].Raw
	}
	return answer, linked.WasmModules[0].Raw
}

func missingEntrypoints(checked *ast.Compiler, entrypoints []string) []fault {
	var faults []fault
	if len(entrypoints) == 0 {
		faults = append(faults, fault{Code: "rego/compile", Message: "there is no entrypoint"})
	}
	for _, each := range entrypoints {
		ref := ast.Ref{ast.DefaultRootDocument}
		isPath := true
		for name := range strings.SplitSeq(each, "/") {
			isPath = isPath && name != ""
			ref = ref.Append(ast.StringTerm(name))
		}
		if !isPath || len(checked.GetRules(ref)) == 0 {
			faults = append(faults, fault{
				Code:    "rego/compile",
				Message: fmt.Sprintf("there is no rule for the entrypoint `%s`", each),
			})
		}
	}
	return faults
}

// link has exactly the entrypoints asked for: those that OPA would add are rules that depend on
// them, which is for evaluating `with` outside the module.
func link(r request, modules []parsedSource, allowed *ast.Capabilities) (*bundle.Bundle, error) {
	contents := &bundle.Bundle{Data: map[string]any{}}
	contents.Manifest.Init()
	contents.SetRegoVersion(r.version())
	for _, each := range modules {
		contents.Modules = append(contents.Modules, bundle.ModuleFile{
			URL: each.Path, Path: each.Path, Parsed: each.module, Raw: []byte(each.Text),
		})
	}
	compiler := compile.New().
		WithBundle(contents).
		WithTarget(r.Target).
		WithEntrypoints(r.Entrypoints...).
		WithCapabilities(allowed).
		WithPruneUnused(true).
		WithRegoVersion(r.version())
	err := compiler.Build(context.Background())
	return compiler.Bundle(), err
}
