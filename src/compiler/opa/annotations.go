package main

import (
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
)

// annotation is one METADATA block and what it is about.
type annotation struct {
	// Path is the document's path below data.
	Path []string `json:"path"`
	// Place is the block's, from its first comment to its last.
	Place *place          `json:"place,omitempty"`
	Keys  json.RawMessage `json:"keys"`
}

// describe reads METADATA without compiling: a source that does not parse has none.
func describe(r request) (response, []byte) {
	allowed := everyCapability()
	places := newIndex(r.Sources, allowed)
	modules, faults := parse(places, r.Sources, r.parserOptions(allowed))
	described, more := annotations(places, modules)
	return response{Faults: append(faults, more...), Annotations: described}, nil
}

func annotations(places index, sources []parsedSource) ([]annotation, []fault) {
	modules := make([]*ast.Module, len(sources))
	for i, each := range sources {
		modules[i] = each.module
	}
	set, errs := ast.BuildAnnotationSet(modules)
	if len(errs) > 0 {
		return nil, places.faults(errs)
	}
	var result []annotation
	for _, each := range set.Flatten() {
		keys, err := each.Annotations.MarshalJSON()
		if err != nil {
			continue
		}
		block := places.locate(each.Annotations.Location)
		if last := places.locate(each.Annotations.EndLoc()); block != nil && last != nil {
			block.End = last.End
		}
		result = append(result, annotation{belowData(each.Path), block, keys})
	}
	return result, nil
}
