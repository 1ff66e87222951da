package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// evaluate runs a query in OPA's interpreter and answers with OPA's result set as JSON.
func evaluate(r request) (response, []byte) {
	allowed := everyCapability()
	places := newIndex(r.Sources, allowed)
	modules, faults := parse(places, r.Sources, r.parserOptions(allowed))
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	options := []func(*rego.Rego){
		rego.Query(r.Query),
		rego.Capabilities(allowed),
		rego.SetRegoVersion(r.version()),
	}
	for _, each := range modules {
		options = append(options, rego.ParsedModule(each.module))
	}
	if r.Input != "" {
		input, err := ast.ValueFromReader(bytes.NewBufferString(r.Input))
		if err != nil {
			return response{Failure: "input: " + err.Error()}, nil
		}
		options = append(options, rego.ParsedInput(input))
	}
	if r.Data != "" {
		options = append(options, rego.Store(inmem.NewFromReader(bytes.NewBufferString(r.Data))))
	}
	results, err := rego.New(options...).Eval(context.Background())
	if fault, ok := errors.AsType[*topdown.Error](err); ok {
		return response{Error: fault.Code + ": " + oneClause(fault.Message)}, nil
	}
	if err != nil {
		return response{Faults: places.faults(err)}, nil
	}
	if len(results) == 0 {
		return response{}, []byte("[]")
	}
	encoded, err := json.Marshal(results)
	if err != nil {
		return response{Failure: err.Error()}, nil
	}
	return response{}, encoded
}
