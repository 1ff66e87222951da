package main

import (
	"context"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
)

// A value is for a person to recognize, not to read to its end.
const (
	maxValueLength = 200
	maxTextLength  = 80
	// maxDocumentMs is what asking for the value of a document may take.
	maxDocumentMs = 1_000
)

// namedValue is a part of an expression and its value, in Rego's notation and cut where it is long; "undefined" for none.
type namedValue struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// reader finds the values of documents under data, as they were in an evaluation.
type reader struct {
	compiler *ast.Compiler
	options  []func(*rego.Rego)
	known    map[string]ast.Value
}

func newReader(compiler *ast.Compiler, store storage.Store, options ...func(*rego.Rego)) *reader {
	all := append([]func(*rego.Rego){rego.Compiler(compiler), rego.Store(store)}, options...)
	return &reader{compiler, all, map[string]ast.Value{}}
}

// name gives each operand once, in the order of the text; the first one that has a value stands for all of the same text.
func (v *reader) name(operands []operand) []namedValue {
	var named []namedValue
	at := map[string]int{}
	for _, each := range operands {
		if each.document != nil && v.isPackage(each.document.ref) {
			continue
		}
		text, shown := cut(each.text, maxTextLength), show(v.valueOf(each))
		if shown == text {
			// A literal says by itself what it is.
			continue
		}
		index, ok := at[text]
		switch {
		case !ok:
			at[text] = len(named)
			named = append(named, namedValue{text, shown})
		case named[index].Value == undefined:
			named[index].Value = shown
		}
	}
	return named
}

const undefined = "undefined"

// isPackage says that a reference leads to more than one document.
func (v *reader) isPackage(ref ast.Ref) bool {
	return len(v.compiler.GetRulesForVirtualDocument(ref)) == 0 &&
		len(v.compiler.GetRulesWithPrefix(ref)) > 0
}

func (v *reader) valueOf(each operand) ast.Value {
	if each.document == nil {
		return each.value
	}
	expr := ast.NewExpr(ast.NewTerm(each.document.ref))
	expr.With = each.document.with
	key := expr.String()
	value, ok := v.known[key]
	if !ok {
		value = v.evaluate(expr)
		v.known[key] = value
	}
	return value
}

// evaluate is nil for what is undefined, or takes too long to be worth it.
func (v *reader) evaluate(expr *ast.Expr) ast.Value {
	query, err := rego.New(append(v.options, rego.ParsedQuery(ast.NewBody(expr)))...).
		PrepareForEval(context.Background())
	if err != nil {
		return nil
	}
	var value ast.Value
	_, err = query.Eval(context.Background(),
		rego.EvalExternalCancel(newDeadline(maxDocumentMs)),
		rego.EvalGenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) {
			value = term.Value
			return nil, nil
		}))
	if err != nil {
		return nil
	}
	return value
}

func show(value ast.Value) string {
	if value == nil {
		return undefined
	}
	return cut(value.String(), maxValueLength)
}

func cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	for length > 0 && !utf8.RuneStart(text[length]) {
		length--
	}
	return text[:length] + "…"
}
