package main

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// maxCauseDepth is how far the search for a reason goes from rule to rule.
const maxCauseDepth = 4

// explanation is what became of the rules of a set.
type explanation struct {
	Members []explainedMember `json:"members"`
	// Others are rules that yielded nothing: those of the set, and of the sets that its members come from.
	Others []ruleAccount `json:"others"`
	// Cut says that the evaluation was longer than what is kept of it.
	Cut bool `json:"cut,omitempty"`
}

type explainedMember struct {
	Value json.RawMessage `json:"value"`
	// Rules that the member went through, from the set's own to the one that made it.
	Rules []firedRule `json:"rules"`
}

type firedRule struct {
	Rule  string      `json:"rule"`
	Place *place      `json:"place,omitempty"`
	Steps []firedStep `json:"steps"`
}

type firedStep struct {
	Place  *place       `json:"place,omitempty"`
	Values []namedValue `json:"values"`
}

// ruleAccount tells what one rule did.
type ruleAccount struct {
	Rule  string `json:"rule"`
	Place *place `json:"place,omitempty"`
	// Outcome is `held`, `failed` (at Failed), `arguments` (a function's do not fit) or `unreached`.
	Outcome string `json:"outcome"`
	// Failed is the expression past which no way led, Inner the one within, where that is an `every`.
	Failed   *place         `json:"failed,omitempty"`
	Inner    *place         `json:"inner,omitempty"`
	Attempts [][]namedValue `json:"attempts,omitempty"`
	Times    int            `json:"times,omitempty"`
	// Because are the rules that the expression asked for.
	Because []ruleAccount `json:"because,omitempty"`
}

// explain evaluates a set of rules and tells which of them made each member, and where the others gave up.
func explain(r request) (response, []byte) {
	policy, faults := r.load()
	if len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	input, err := ast.ValueFromReader(strings.NewReader(r.Input))
	if err != nil {
		return response{Failure: "input: " + err.Error()}, nil
	}
	set, err := ast.ParseRef(r.Query)
	if err != nil {
		return response{Failure: err.Error()}, nil
	}
	store := r.store()
	query, err := rego.New(rego.Query(r.Query), rego.Compiler(policy.compiler), rego.Store(store)).
		PrepareForEval(context.Background())
	if err != nil {
		return response{Faults: policy.places.faults(err)}, nil
	}
	recorder := newRecorder()
	// Without the index, so that a rule that it would have passed over tells which expression is false.
	options := append(r.evalOptions(input), rego.EvalQueryTracer(recorder), rego.EvalRuleIndexing(false))
	if _, err := query.Eval(context.Background(), options...); err != nil {
		return response{Error: stopReason(err)}, nil
	}
	teller := teller{
		loaded:   policy,
		recorder: recorder,
		told:     map[*ast.Rule]bool{},
		values: newReader(policy.compiler, store, rego.ParsedInput(input),
			rego.Time(time.UnixMilli(r.NowMs))),
	}
	encoded, err := json.Marshal(teller.explain(set))
	if err != nil {
		return response{Failure: err.Error()}, nil
	}
	return response{}, encoded
}

type teller struct {
	loaded
	recorder *recorder
	values   *reader
	// told are rules that are accounted for already.
	told map[*ast.Rule]bool
}

func (t *teller) explain(set ast.Ref) explanation {
	result := explanation{Members: []explainedMember{}, Others: []ruleAccount{}, Cut: t.recorder.isCut()}
	sets := [][]*ast.Rule{t.rulesOf(set)}
	known := map[string]bool{}
	for _, rule := range sets[0] {
		for _, fired := range t.firingsOf(rule) {
			for _, member := range membersOf(rule, fired) {
				if key := member.String(); !known[key] {
					known[key] = true
					rules, passed := t.trail(rule, fired, 0)
					result.Members = append(result.Members, explainedMember{jsonOf(member), rules})
					sets = append(sets, passed...)
				}
			}
		}
	}
	for _, rules := range sets {
		result.Others = append(result.Others, t.accountsOf(rules, 0)...)
	}
	return result
}

// rulesOf lists the rules of the document that a reference leads into, by place.
func (t *teller) rulesOf(ref ast.Ref) []*ast.Rule {
	return slices.SortedFunc(slices.Values(t.compiler.GetRulesForVirtualDocument(ref)), byPlace)
}

func byPlace(a, b *ast.Rule) int {
	return cmp.Or(
		cmp.Compare(a.Location.File, b.Location.File),
		cmp.Compare(a.Location.Row, b.Location.Row),
		cmp.Compare(a.Location.Col, b.Location.Col),
	)
}

func (t *teller) firingsOf(rule *ast.Rule) []firing {
	if record := t.recorder.records[rule]; record != nil {
		return record.firings
	}
	return nil
}

// membersOf is what a firing adds to its set; a rule that is no set's may yield a whole one.
func membersOf(rule *ast.Rule, fired firing) []ast.Value {
	set, ok := fired.yielded.Value.(ast.Set)
	if !ok || rule.Head.RuleKind() == ast.MultiValue {
		return []ast.Value{fired.yielded.Value}
	}
	var members []ast.Value
	set.Foreach(func(member *ast.Term) {
		members = append(members, member.Value)
	})
	return members
}

// trail follows a member from rule to rule, as long as one passes on what it takes from another set, and gives those sets.
func (t *teller) trail(rule *ast.Rule, fired firing, depth int) ([]firedRule, [][]*ast.Rule) {
	described := firedRule{nameOf(rule), t.places.locate(rule.Head.Location), []firedStep{}}
	for _, each := range fired.steps {
		if each.expr.Generated {
			// It makes a part of the head.
			continue
		}
		// The member itself is told already.
		operands := slices.DeleteFunc(slices.Clone(each.operands), func(operand operand) bool {
			return operand.value != nil && operand.value.Compare(fired.yielded.Value) == 0
		})
		described.Steps = append(described.Steps, firedStep{
			t.places.locate(each.expr.Location),
			notNil(t.values.name(operands)),
		})
	}
	if depth < maxCauseDepth {
		for _, source := range t.documentsIn(rule.Body) {
			for _, other := range source {
				index := slices.IndexFunc(t.firingsOf(other), func(each firing) bool {
					return isCollection(other) && each.yielded.Equal(fired.yielded)
				})
				if index >= 0 {
					rules, passed := t.trail(other, t.firingsOf(other)[index], depth+1)
					return append([]firedRule{described}, rules...), append([][]*ast.Rule{source}, passed...)
				}
			}
		}
	}
	return []firedRule{described}, nil
}

// isCollection says that a rule yields members, of a set or an object, one by one.
func isCollection(rule *ast.Rule) bool {
	return rule.Head.DocKind() != ast.CompleteDoc
}

// documentsIn lists the rules of each document that is referred to.
func (t *teller) documentsIn(node any) [][]*ast.Rule {
	var documents [][]*ast.Rule
	seen := map[*ast.Rule]bool{}
	ast.WalkRefs(node, func(ref ast.Ref) bool {
		if rules := t.rulesOf(ref); len(rules) > 0 && !seen[rules[0]] {
			seen[rules[0]] = true
			documents = append(documents, rules)
		}
		return false
	})
	return documents
}

// accountsOf tells of the rules that yielded nothing.
func (t *teller) accountsOf(rules []*ast.Rule, depth int) []ruleAccount {
	var accounts []ruleAccount
	for _, rule := range rules {
		record := t.recorder.records[rule]
		switch {
		case t.told[rule] || rule.Default || record != nil && record.fired > 0:
		case record == nil:
			accounts = append(accounts, t.account(rule, "unreached"))
		default:
			accounts = append(accounts, t.failure(rule, &record.gaveUp, depth))
		}
	}
	return accounts
}

func (t *teller) account(rule *ast.Rule, outcome string) ruleAccount {
	t.told[rule] = true
	return ruleAccount{
		Rule:    nameOf(rule),
		Place:   t.places.locate(rule.Head.Location),
		Outcome: outcome,
	}
}

func (t *teller) failure(rule *ast.Rule, failed *gaveUp, depth int) ruleAccount {
	account := t.account(rule, "failed")
	if failed.base == nil {
		account.Outcome = "unreached"
		return account
	}
	account.Failed = t.places.locate(failed.base.Location)
	account.Times = failed.times
	for _, each := range failed.attempts {
		account.Attempts = append(account.Attempts, notNil(t.values.name(each.operands)))
		if each.inner != nil && account.Inner == nil {
			account.Inner = t.places.locate(each.inner.Location)
		}
	}
	if depth < maxCauseDepth {
		account.Because = t.causes(failed, depth+1)
	}
	return account
}

// causes are the rules for which an expression failed: those that held, where it is negated, else those that did not.
func (t *teller) causes(failed *gaveUp, depth int) []ruleAccount {
	var causes []ruleAccount
	for _, piece := range append([]*ast.Expr{failed.base}, failed.base.CogeneratedExprs()...) {
		for _, rules := range t.documentsIn(piece) {
			switch {
			case len(rules[0].Head.Args) > 0:
				causes = append(causes, t.callCauses(rules, failed, depth)...)
			case failed.base.Negated:
				causes = append(causes, t.holding(rules)...)
			case !slices.ContainsFunc(rules, t.hasFired):
				causes = append(causes, t.accountsOf(rules, depth)...)
			}
		}
	}
	return causes
}

func (t *teller) hasFired(rule *ast.Rule) bool {
	record := t.recorder.records[rule]
	return record != nil && record.fired > 0
}

func (t *teller) holding(rules []*ast.Rule) []ruleAccount {
	var accounts []ruleAccount
	for _, rule := range rules {
		if t.hasFired(rule) && !t.told[rule] {
			accounts = append(accounts, t.account(rule, "held"))
		}
	}
	return accounts
}

// callCauses looks at the calls of a function in the first attempt. There are none where the value was known from before.
func (t *teller) callCauses(rules []*ast.Rule, failed *gaveUp, depth int) []ruleAccount {
	var calls []*frame
	for _, call := range failed.attempts[0].calls {
		if slices.Contains(rules, call.record.rule) {
			calls = append(calls, call)
		}
	}
	hasHeld := slices.ContainsFunc(calls, func(call *frame) bool { return call.hasHeld })
	var accounts []ruleAccount
	for _, call := range calls {
		rule := call.record.rule
		switch {
		case t.told[rule]:
		case failed.base.Negated && call.hasHeld:
			accounts = append(accounts, t.account(rule, "held"))
		case failed.base.Negated || hasHeld:
		case !call.isBound:
			accounts = append(accounts, t.account(rule, "arguments"))
		default:
			accounts = append(accounts, t.failure(rule, &call.gaveUp, depth))
		}
	}
	return accounts
}

// nameOf is how one refers to a rule below data: `host_network.violation`.
func nameOf(rule *ast.Rule) string {
	ref := rule.Module.Package.Path.Extend(rule.Head.Ref().GroundPrefix())
	return strings.TrimPrefix(ref.String(), "data.")
}

func jsonOf(value ast.Value) json.RawMessage {
	object, err := ast.JSON(value)
	if err != nil {
		return json.RawMessage("null")
	}
	encoded, err := json.Marshal(object)
	if err != nil {
		return json.RawMessage("null")
	}
	return encoded
}

func notNil(values []namedValue) []namedValue {
	if values == nil {
		return []namedValue{}
	}
	return values
}
