package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// operand is a part of an expression, as its author wrote it, and the value that it had.
type operand struct {
	text string
	// value is nil for what was undefined.
	value ast.Value
	// document is set instead for a reference into data, whose value is asked for when the evaluation is over.
	document *document
}

// document is a reference into data, and the `with` that it stood under.
type document struct {
	ref  ast.Ref
	with []*ast.With
}

// operands lists what the parts of an expression stand for at an event. OPA takes expressions apart, `f(g(x)) > 1` into three,
// and the variables that it brings in have the places of what they stand for. What `failing` is about was undefined where it
// has no value; in the other pieces it may simply not have been reached.
func operands(event *topdown.Event, base, failing *ast.Expr) []operand {
	found := collector{event: event}
	for _, piece := range append([]*ast.Expr{base}, base.CogeneratedExprs()...) {
		found.isUndefined = piece == failing && !piece.Negated
		found.with = plugWith(event, piece.With)
		found.expression(piece)
	}
	return withoutAssigned(found.operands, base)
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*) := (.+)$`)
)

// withoutAssigned leaves out the right side of `x := f(y)` where x has a value, which is the same; its parts stay.
func withoutAssigned(operands []operand, base *ast.Expr) []operand {
	sides := assignment.FindStringSubmatch(textOfLocation(base.Location))
	isBound := func(each operand) bool { return each.text == sides[1] && each.value != nil }
	if sides == nil || !slices.ContainsFunc(operands, isBound) {
		return operands
	}
	return slices.DeleteFunc(operands, func(each operand) bool {
		return each.text == sides[2] || strings.HasPrefix(sides[2], each.text+" with ")
	})
}

type collector struct {
	event       *topdown.Event
	isUndefined bool
	with        []*ast.With
	operands    []operand
}

func (c *collector) expression(expr *ast.Expr) {
	switch terms := expr.Terms.(type) {
	case *ast.Every:
		c.term(terms.Domain)
	case *ast.Term:
		c.term(terms)
	case []*ast.Term:
		for _, each := range terms[1:] {
			c.term(each)
		}
	}
	for _, each := range expr.With {
		c.term(each.Value)
	}
}

func (c *collector) term(term *ast.Term) {
	switch value := term.Value.(type) {
	case ast.Var:
		found, text := groundValue(c.event.Plug(term)), textOf(term)
		// A variable of the author's that has no value is what the expression would have bound.
		if found != nil || !identifier.MatchString(text) {
			c.add(text, found)
		}
	case ast.Ref:
		c.reference(term, value)
	case ast.Call:
		for _, each := range value[1:] {
			c.term(each)
		}
	case *ast.Array:
		value.Foreach(c.term)
	case ast.Set:
		value.Foreach(c.term)
	case ast.Object:
		value.Foreach(func(key, value *ast.Term) {
			c.term(key)
			c.term(value)
		})
	}
}

func (c *collector) reference(term *ast.Term, ref ast.Ref) {
	if plugged, ok := c.event.Plug(term).Value.(ast.Ref); ok {
		if ast.RootDocumentNames.Contains(ref[0]) {
			c.document(textOf(term), plugged)
		} else if plugged[1:].IsGround() {
			c.add(textOf(term), find(plugged[0], plugged[1:]))
		}
	}
	for _, each := range ref {
		c.term(each)
	}
}

func (c *collector) document(text string, ref ast.Ref) {
	// What is gone through, as in `some x in input.xs`, shows as a whole.
	ground := 1
	for ground < len(ref) && ref[ground].IsGround() {
		ground++
	}
	if ground < len(ref) {
		ref = ref[:ground]
		text = strings.TrimPrefix(ref.String(), "data.")
	}
	switch {
	case text == "" || len(ref) == 1:
		// OPA's own, for what a loop yields, whose variables say the same; or all of input, or of data.
	case ref[0].Equal(ast.InputRootDocument):
		c.add(text, find(c.event.Input(), ref[1:]))
	default:
		c.operands = append(c.operands, operand{text: text, document: &document{ref, c.with}})
	}
}

func (c *collector) add(text string, value ast.Value) {
	if text == "" || value == nil && !c.isUndefined {
		return
	}
	c.operands = append(c.operands, operand{text: text, value: value})
}

// textOf is what the author wrote for a term, on one line; a variable that OPA brings in has the text of what it stands for.
func textOf(term *ast.Term) string {
	return textOfLocation(term.Location)
}

func textOfLocation(location *ast.Location) string {
	if location == nil {
		return ""
	}
	return strings.Join(strings.Fields(string(location.Text)), " ")
}

func groundValue(term *ast.Term) ast.Value {
	if term == nil || !term.IsGround() {
		return nil
	}
	if _, ok := term.Value.(ast.Ref); ok {
		return nil
	}
	return term.Value
}

func find(base *ast.Term, path ast.Ref) ast.Value {
	if base == nil || !base.IsGround() {
		return nil
	}
	found, err := base.Value.Find(path)
	if err != nil {
		return nil
	}
	return found
}

func plugWith(event *topdown.Event, with []*ast.With) []*ast.With {
	var plugged []*ast.With
	for _, each := range with {
		copied := *each
		copied.Value = event.Plug(each.Value)
		plugged = append(plugged, &copied)
	}
	return plugged
}
