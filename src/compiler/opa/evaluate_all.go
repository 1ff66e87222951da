package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// evaluation is a reference and the input on which its value is asked.
type evaluation struct {
	Query string `json:"query"`
	Input string `json:"input"`
}

// evaluated is the value, or why there is none; an undefined one has neither.
type evaluated struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

// evaluateAll answers many questions over one compilation, each for itself: what stops one stops no other.
func evaluateAll(r request) (response, []byte) {
	policy, faults := r.load()
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	store := r.store()
	prepared := map[string]rego.PreparedEvalQuery{}
	results := make([]evaluated, len(r.Cases))
	for i, each := range r.Cases {
		query, ok := prepared[each.Query]
		if !ok {
			var err error
			query, err = rego.New(
				rego.Query(each.Query),
				rego.Compiler(policy.compiler),
				rego.Store(store),
			).PrepareForEval(context.Background())
			if err != nil {
				return response{Faults: policy.places.faults(err)}, nil
			}
			prepared[each.Query] = query
		}
		result, err := r.evaluateOne(query, each.Input)
		if err != nil {
			return response{Failure: err.Error()}, nil
		}
		results[i] = result
	}
	encoded, err := json.Marshal(results)
	if err != nil {
		return response{Failure: err.Error()}, nil
	}
	return response{}, encoded
}

func (r request) evaluateOne(query rego.PreparedEvalQuery, text string) (evaluated, error) {
	input, err := ast.ValueFromReader(strings.NewReader(text))
	if err != nil {
		return evaluated{}, err
	}
	results, err := query.Eval(context.Background(), r.evalOptions(input)...)
	if err != nil {
		return evaluated{Error: stopReason(err)}, nil
	}
	if len(results) == 0 {
		return evaluated{}, nil
	}
	value, err := json.Marshal(results[0].Expressions[0].Value)
	return evaluated{Value: value}, err
}

// loaded is a set of sources, compiled for the interpreter.
type loaded struct {
	places   index
	compiler *ast.Compiler
}

func (r request) load() (loaded, []fault) {
	allowed := everyCapability()
	places := newIndex(r.Sources, allowed)
	modules, faults := parse(places, r.Sources, r.parserOptions(allowed))
	if len(faults) > 0 {
		return loaded{}, faults
	}
	simplifySchemas(modules)
	compiler := ast.NewCompiler().
		WithCapabilities(allowed).
		WithDefaultRegoVersion(r.version()).
		SetErrorLimit(0)
	compiler.Compile(byPath(modules))
	if compiler.Failed() {
		return loaded{}, places.faults(compiler.Errors)
	}
	return loaded{places, compiler}, nil
}

// store holds data; the host has checked that it is an object.
func (r request) store() storage.Store {
	if r.Data == "" {
		return inmem.NewWithOpts(inmem.OptRoundTripOnWrite(false))
	}
	return inmem.NewFromReader(strings.NewReader(r.Data))
}

func (r request) evalOptions(input ast.Value) []rego.EvalOption {
	return []rego.EvalOption{
		rego.EvalParsedInput(input),
		rego.EvalTime(time.UnixMilli(r.NowMs)),
		rego.EvalExternalCancel(newDeadline(r.TimeoutMs)),
	}
}

// stopReason says why an evaluation stopped, in one clause.
func stopReason(err error) string {
	if topdown.IsCancel(err) {
		return "it ran for too long"
	}
	if fault, ok := errors.AsType[*topdown.Error](err); ok {
		return oneClause(fault.Message)
	}
	return oneClause(err.Error())
}
