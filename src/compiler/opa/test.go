package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util/channel"
)

// test runs the rules whose names begin with test_, by OPA's runner, one after the other.
func test(r request) (response, []byte) {
	allowed := everyCapability()
	places := newIndex(r.Sources, allowed)
	modules, faults := parse(places, r.Sources, r.parserOptions(allowed))
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	simplifySchemas(modules)
	compiler := ast.NewCompiler().
		WithCapabilities(allowed).
		WithDefaultRegoVersion(r.version()).
		WithEnablePrintStatements(true).
		WithUseTypeCheckAnnotations(true).
		SetErrorLimit(0)
	store := inmem.NewWithOpts(inmem.OptRoundTripOnWrite(false))
	if r.Data != "" {
		store = inmem.NewFromReader(strings.NewReader(r.Data))
	}
	ctx := context.Background()
	txn, err := store.NewTransaction(ctx, storage.TransactionParams{})
	if err != nil {
		return response{Failure: err.Error()}, nil
	}
	defer store.Abort(ctx, txn)
	watch := newWatcher(r.Coverage)
	results, err := tester.NewRunner().
		SetCompiler(compiler).
		SetStore(store).
		SetModules(byPath(modules)).
		SetParallel(1).
		SetTimeout(time.Duration(r.TimeoutMs)*time.Millisecond).
		SetCoverageQueryTracer(watch).
		Filter(r.Filter).
		RunTests(ctx, txn)
	if err != nil {
		return response{Faults: places.faults(err)}, nil
	}
	var answer response
	values := newReader(compiler, store, rego.Transaction(txn))
	// Not before all have run, so that what is asked for a report does not count as a test's time.
	for _, each := range channel.Collect(results) {
		answer.Tests = append(answer.Tests, describeTest(places, watch, values, each))
	}
	slices.SortFunc(answer.Tests, func(a, b testResult) int {
		return cmp.Or(comparePlaces(a.Place, b.Place), cmp.Compare(a.Name, b.Name))
	})
	if r.Coverage {
		answer.Coverage = describeCoverage(places, watch.cover.Report(byPath(modules)))
	}
	return answer, nil
}

func describeTest(
	places index, watch *watcher, values *reader, result *tester.Result,
) testResult {
	described := testResult{
		Package:    strings.TrimPrefix(result.Package, "data."),
		Name:       result.Name,
		Outcome:    "pass",
		DurationUs: result.Duration.Microseconds(),
		Place:      places.locate(result.Location),
		Output:     string(result.Output),
	}
	switch {
	case result.Skip:
		described.Outcome = "skip"
	case result.Error != nil:
		described.Outcome, described.Message = "error", result.Error.Error()
		if fault, ok := errors.AsType[*topdown.Error](result.Error); ok {
			described.Message = oneClause(fault.Message)
			described.Failure = places.locate(fault.Location)
		}
		if topdown.IsCancel(result.Error) {
			described.Message = "the test ran for too long"
		}
	case result.Fail:
		described.Outcome = "fail"
		failure := watch.failed[result.Package+"."+result.Name]
		described.Values = values.name(failure.operands)
		described.Failure = places.locate(failure.location)
		for _, name := range slices.Sorted(maps.Keys(result.SubResults)) {
			if result.SubResults[name].Fail {
				described.Cases = append(described.Cases, name)
			}
		}
	}
	return described
}

func comparePlaces(a, b *place) int {
	if a == nil || b == nil {
		return 0
	}
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Start, b.Start))
}

func describeCoverage(places index, report cover.Report) []fileCoverage {
	var result []fileCoverage
	for _, path := range slices.Sorted(maps.Keys(report.Files)) {
		file, ok := places.byPath[path]
		if !ok {
			continue
		}
		covered := map[int]bool{}
		for _, each := range report.Files[path].Covered {
			markLines(covered, each)
		}
		missed := map[int]bool{}
		for _, each := range report.Files[path].NotCovered {
			markLines(missed, each)
		}
		// A line with something covered on it counts as covered.
		for line := range covered {
			delete(missed, line)
		}
		result = append(result, fileCoverage{file, lineRanges(covered), lineRanges(missed)})
	}
	return result
}

func markLines(lines map[int]bool, marked cover.Range) {
	for line := marked.Start.Row; line <= marked.End.Row; line++ {
		lines[line] = true
	}
}

func lineRanges(lines map[int]bool) []lineRange {
	result := []lineRange{}
	for _, line := range slices.Sorted(maps.Keys(lines)) {
		if last := len(result) - 1; last >= 0 && line == result[last].Last+1 {
			result[last].Last = line
			continue
		}
		result = append(result, lineRange{line, line})
	}
	return result
}
