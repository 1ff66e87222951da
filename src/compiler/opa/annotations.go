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

func annotations(places index, set *ast.AnnotationSet) []annotation {
	var result []annotation
	for _, each := range set.Flatten() {
		keys, err := each.Annotations.MarshalJSON()
		if err != nil {
			continue
		}
		item := annotation{Path: []string{}, Keys: keys}
		for _, term := range each.Path[1:] {
			if name, ok := term.Value.(ast.String); ok {
				item.Path = append(item.Path, string(name))
			}
		}
		item.Place = places.locate(each.Annotations.Location)
		if last := places.locate(each.Annotations.EndLoc()); item.Place != nil && last != nil {
			item.Place.End = last.End
		}
		result = append(result, item)
	}
	return result
}
