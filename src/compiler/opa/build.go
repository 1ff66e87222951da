package main

import (
	"context"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
)

// build compiles the sources but for the tests among them to one module or plan.
func build(r request) (response, []byte) {
	sources := slices.DeleteFunc(slices.Clone(r.Sources), func(each source) bool {
		return strings.HasSuffix(each.Path, "_test.rego")
	})
	// Faults name a source by its place in the request.
	places := newIndex(r.Sources)
	allowed := engineCapabilities(r.HostBuiltins)
	modules, faults := parse(places, sources, allowed)
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	checked := ast.NewCompiler().
		WithCapabilities(allowed).
		WithStrict(true).
		WithUseTypeCheckAnnotations(true).
		SetErrorLimit(0)
	checked.Compile(byPath(modules))
	if checked.Failed() {
		return response{Faults: places.faults(checked.Errors)}, nil
	}
	answer := response{Annotations: annotations(places, checked.GetAnnotationSet())}
	contents := &bundle.Bundle{Data: map[string]any{}}
	contents.Manifest.Init()
	contents.SetRegoVersion(ast.RegoV1)
	for _, each := range modules {
		contents.Modules = append(contents.Modules, bundle.ModuleFile{
			URL: each.path, Path: each.path, Parsed: each.module, Raw: []byte(each.text),
		})
	}
	compiler := compile.New().
		WithBundle(contents).
		WithTarget(r.Target).
		WithEntrypoints(r.Entrypoints...).
		WithCapabilities(allowed).
		WithPruneUnused(true).
		WithRegoVersion(ast.RegoV1)
	if err := compiler.Build(context.Background()); err != nil {
		answer.Faults = places.faults(err)
		return answer, nil
	}
	result := compiler.Bundle()
	if r.Target == compile.TargetPlan {
		return answer, result.PlanModules[0].Raw
	}
	return answer, result.WasmModules[0].Raw
}

type parsedSource struct {
	path   string
	text   string
	module *ast.Module
}

func parse(places index, sources []source, allowed *ast.Capabilities) ([]parsedSource, []fault) {
	options := ast.ParserOptions{
		Capabilities:      allowed,
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
	}
	var parsed []parsedSource
	var faults []fault
	for _, each := range sources {
		module, err := ast.ParseModuleWithOpts(each.Path, each.Text, options)
		if err != nil {
			faults = append(faults, places.faults(err)...)
			continue
		}
		parsed = append(parsed, parsedSource{each.Path, each.Text, module})
	}
	return parsed, faults
}

func byPath(sources []parsedSource) map[string]*ast.Module {
	modules := make(map[string]*ast.Module, len(sources))
	for _, each := range sources {
		modules[each.path] = each.module
	}
	return modules
}
