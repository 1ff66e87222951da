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
	failed map[string]*ast.Location
	events int
	// The test that runs: its query, and how far into its body it got.
	name    string
	query   uint64
	deepest int
}

func newWatcher(coverage bool) *watcher {
	watch := &watcher{failed: map[string]*ast.Location{}}
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
	switch node := event.Node.(type) {
	case *ast.Rule:
		// The query itself is number 0, and asks for nothing but the test.
		if event.Op == topdown.EnterOp && event.ParentID == 0 {
			w.name = node.Module.Package.Path.Extend(node.Head.Ref().GroundPrefix()).String()
			w.query, w.deepest = event.QueryID, -1
		}
	case *ast.Expr:
		inTest := w.query != 0 && event.QueryID == w.query
		if event.Op == topdown.FailOp && inTest && node.Index >= w.deepest {
			w.deepest = node.Index
			w.failed[w.name] = event.Location
		}
	}
}
