package main

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// What is kept is bounded: nobody reads more, and a policy may try millions of ways.
const (
	maxEvents   = 1_000_000
	maxFirings  = 500
	maxAttempts = 3
	maxCalls    = 16
)

// recorder folds OPA's trace, as it comes, to what each rule did: what it yielded, with which values, or past which
// expression no way led.
type recorder struct {
	records map[*ast.Rule]*record
	frames  map[uint64]*frame
	events  int
}

// record is what became of a rule in all of its evaluations.
type record struct {
	rule    *ast.Rule
	fired   int
	firings []firing
	gaveUp
}

// gaveUp is the expression that the furthest of all ways failed at.
type gaveUp struct {
	// base is the expression as its author wrote it; nil where nothing failed.
	base *ast.Expr
	// attempts are the first ways that led there, of `times`.
	attempts []attempt
	times    int
}

type attempt struct {
	operands []operand
	// inner is the expression within an `every` that did not hold for one of its values.
	inner *ast.Expr
	calls []*frame
}

// firing is one way in which a rule held.
type firing struct {
	// yielded is the member of a set, else the value.
	yielded *ast.Term
	steps   []step
}

type step struct {
	expr     *ast.Expr
	operands []operand
}

// frame is one evaluation of a rule, or of a body inside of one: a negation's, a comprehension's, an `every`'s.
type frame struct {
	parent *frame
	record *record
	// isDomain marks what goes through the values of an `every`, isEvery the body that is evaluated for one of them.
	isDomain bool
	isEvery  bool
	// isBound says that the arguments of a function fit.
	isBound bool
	hasHeld bool
	// Of the expression that is evaluated: what its author wrote, how far in its pieces, the rules that it called, what failed
	// within.
	doing *ast.Expr
	piece int
	calls []*frame
	inner *innerFailure
	// underWith says that input or data are not what they are outside.
	underWith bool
	gaveUp
}

type innerFailure struct {
	expr     *ast.Expr
	operands []operand
}

func newRecorder() *recorder {
	return &recorder{records: map[*ast.Rule]*record{}, frames: map[uint64]*frame{}}
}

func (*recorder) Enabled() bool {
	return true
}

func (*recorder) Config() topdown.TraceConfig {
	return topdown.TraceConfig{}
}

// isCut says that there was more than is kept.
func (t *recorder) isCut() bool {
	return t.events > maxEvents
}

func (t *recorder) TraceEvent(event topdown.Event) {
	if t.events++; t.isCut() {
		return
	}
	if event.Op == topdown.EnterOp {
		t.enter(event)
		return
	}
	current := t.frames[event.QueryID]
	if current == nil {
		return
	}
	switch node := event.Node.(type) {
	case *ast.Expr:
		switch event.Op {
		case topdown.EvalOp:
			current.begin(node)
		case topdown.FailOp:
			current.fail(&event, node)
		}
	case *ast.Rule:
		if event.Op == topdown.ExitOp {
			current.hold(&event)
		}
	}
}

func (t *recorder) enter(event topdown.Event) {
	entered := &frame{parent: t.frames[event.ParentID]}
	if event.QueryID == event.ParentID {
		entered.parent = nil
	}
	if parent := entered.parent; parent != nil {
		entered.underWith = parent.underWith || parent.doing != nil && len(parent.doing.With) > 0
	}
	switch node := event.Node.(type) {
	case *ast.Expr:
		entered.isDomain = true
	case ast.Body:
		entered.isEvery = entered.parent != nil && entered.parent.isDomain
	case *ast.Rule:
		entered.record = t.record(node)
		if caller := entered.parent.owner(); caller != nil && len(caller.calls) < maxCalls {
			caller.calls = append(caller.calls, entered)
		}
	}
	t.frames[event.QueryID] = entered
}

func (t *recorder) record(rule *ast.Rule) *record {
	found, ok := t.records[rule]
	if !ok {
		found = &record{rule: rule}
		t.records[rule] = found
	}
	return found
}

// owner is the evaluation of the rule that a body belongs to.
func (f *frame) owner() *frame {
	for f != nil && f.record == nil {
		f = f.parent
	}
	return f
}

func (f *frame) begin(expr *ast.Expr) {
	f.isBound = true
	base := expr.BaseCogeneratedExpr()
	if base != f.doing || expr.Index <= f.piece {
		f.calls, f.inner = nil, nil
	}
	f.doing, f.piece = base, expr.Index
}

func (f *frame) fail(event *topdown.Event, expr *ast.Expr) {
	base := expr.BaseCogeneratedExpr()
	if f.record == nil {
		if owner := f.owner(); f.isEvery && owner != nil {
			owner.inner = &innerFailure{base, operands(event, base, expr)}
		}
		return
	}
	if base.Index < f.record.depth() && base.Index < f.depth() {
		return
	}
	found := attempt{operands: operands(event, base, expr), calls: slices.Clone(f.calls)}
	if _, ok := base.Terms.(*ast.Every); ok && f.inner != nil {
		found.inner = f.inner.expr
		found.operands = append(found.operands, f.inner.operands...)
	}
	if f.underWith {
		found.operands = slices.DeleteFunc(found.operands, func(each operand) bool {
			return each.document != nil
		})
	}
	f.add(base, found)
	f.record.add(base, found)
}

func (f *frame) hold(event *topdown.Event) {
	f.hasHeld = true
	record := f.record
	if record == nil {
		return
	}
	record.fired++
	head := record.rule.Head
	if len(head.Args) > 0 || len(record.firings) == maxFirings {
		return
	}
	yielded := head.Value
	if head.RuleKind() == ast.MultiValue {
		yielded = head.Key
	}
	held := firing{yielded: event.Plug(yielded)}
	seen := map[*ast.Expr]bool{}
	for _, expr := range record.rule.Body {
		base := expr.BaseCogeneratedExpr()
		if !seen[base] && base.Location != nil {
			seen[base] = true
			held.steps = append(held.steps, step{base, operands(event, base, nil)})
		}
	}
	record.firings = append(record.firings, held)
}

func (g *gaveUp) depth() int {
	if g.base == nil {
		return -1
	}
	return g.base.Index
}

func (g *gaveUp) add(base *ast.Expr, found attempt) {
	if base.Index < g.depth() {
		return
	}
	if base != g.base {
		*g = gaveUp{base: base}
	}
	g.times++
	if len(g.attempts) < maxAttempts {
		g.attempts = append(g.attempts, found)
	}
}
