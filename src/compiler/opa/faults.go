package main

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
)

var codes = map[string]string{
	ast.ParseErr:     "rego/parse",
	ast.CompileErr:   "rego/compile",
	ast.TypeErr:      "rego/type",
	ast.UnsafeVarErr: "rego/unsafe-var",
	ast.RecursionErr: "rego/recursion",
}

// faults lists what OPA found wrong, one by one.
func (x index) faults(err error) []fault {
	if list, ok := errors.AsType[ast.Errors](err); ok {
		result := make([]fault, 0, len(list))
		for _, each := range list {
			result = append(result, x.fault(each))
		}
		return result
	}
	if single, ok := errors.AsType[*ast.Error](err); ok {
		return []fault{x.fault(single)}
	}
	return []fault{{Code: "rego/compile", Message: err.Error()}}
}

func (x index) fault(err *ast.Error) fault {
	result := fault{Code: codes[err.Code], Message: err.Message, Place: x.locate(err.Location)}
	if result.Code == "" {
		result.Code = "rego/compile"
	}
	if err.Details != nil {
		result.Details = err.Details.Lines()
	}
	return result
}
