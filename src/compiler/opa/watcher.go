package main

import (
	"runtime"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// eventsBetweenYields is small enough for a deadline to be kept to the millisecond, and large
// enough not to be felt.
const eventsBetweenYields = 1024

// watcher follows an evaluation: which expression of a test failed, and what was covered. It also
// lets the runner's clock go: nothing else interrupts a goroutine in WebAssembly.
type watcher struct {
	cover  *cover.Cover
	failed map[string]failedExpression
	events int
	// The test that runs: its query, and how far into its body it got.
	name    string
	query   uint64
	deepest int
	// The `every` of the test that runs, its body, and what failed in there.
	domain uint64
	body   uint64
	inner  []operand
}

// failedExpression is the one of a test past which no way led.
type failedExpression struct {
	location *ast.Location
	operands []operand
}

func newWatcher(coverage bool) *watcher {
	watch := &watcher{failed: map[string]failedExpression{}}
	if coverage {
		watch.cover = cover.New()
	}
	return watch
}

func (*watcher) Enabled() bool {
	return true
}

func (*watcher) Config() topdown.TraceConfig {
	return topdown.TraceConfig{}
}

func (w *watcher) TraceEvent(event topdown.Event) {
	if w.events++; w.events%eventsBetweenYields == 0 {
		runtime.Gosched()
	}
	if w.cover != nil {
		w.cover.TraceEvent(event)
	}
	switch event.Op {
	case topdown.EnterOp:
		w.enter(event)
	case topdown.FailOp:
		if expr, ok := event.Node.(*ast.Expr); ok && w.query != 0 {
			w.fail(&event, expr)
		}
	}
}

func (w *watcher) enter(event topdown.Event) {
	switch node := event.Node.(type) {
	case *ast.Rule:
		// The query itself is number 0, and asks for nothing but the test.
		if event.ParentID == 0 {
			w.name = node.Module.Package.Path.Extend(node.Head.Ref().GroundPrefix()).String()
			w.query, w.deepest, w.inner = event.QueryID, -1, nil
		}
	case *ast.Expr:
		if event.ParentID == w.query {
			w.domain, w.inner = event.QueryID, nil
		}
	case ast.Body:
		if event.ParentID == w.domain {
			w.body = event.QueryID
		}
	}
}

func (w *watcher) fail(event *topdown.Event, expr *ast.Expr) {
	base := expr.BaseCogeneratedExpr()
	switch {
	case event.QueryID == w.body && w.body != 0:
		w.inner = operands(event, base, expr)
	case event.QueryID == w.query && expr.Index >= w.deepest:
		w.deepest = expr.Index
		found := operands(event, base, expr)
		if _, ok := base.Terms.(*ast.Every); ok {
			found = append(found, w.inner...)
		}
		w.failed[w.name] = failedExpression{event.Location, found}
	}
}
