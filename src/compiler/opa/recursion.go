package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mergedError is an error and the places of those that say the same.
type mergedError struct {
	*ast.Error
	related []*ast.Location
}

// mergeCircles makes one error of those that OPA reports for each rule of a circle.
func mergeCircles(list ast.Errors) []mergedError {
	var merged []mergedError
	seen := map[string]int{}
	for _, each := range list {
		members := circle(each)
		if members == nil {
			merged = append(merged, mergedError{Error: each})
			continue
		}
		key := strings.Join(slices.Sorted(slices.Values(members)), " ")
		if at, ok := seen[key]; ok {
			merged[at].related = append(merged[at].related, each.Location)
			continue
		}
		seen[key] = len(merged)
		merged = append(merged, mergedError{Error: &ast.Error{
			Code:     each.Code,
			Location: each.Location,
			Message: fmt.Sprintf("`%s` needs itself: `%s`", members[0],
				strings.Join(append(members, members[0]), "` → `")),
		}})
	}
	return merged
}

// circle lists the rules of a recursion, the first one once, or is nil for other errors.
func circle(err *ast.Error) []string {
	_, chain, ok := strings.Cut(err.Message, " is recursive: ")
	if err.Code != ast.RecursionErr || !ok {
		return nil
	}
	names := strings.Split(strings.ReplaceAll(chain, "data.", ""), " -> ")
	return names[:len(names)-1]
}
