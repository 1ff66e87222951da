package main

// request is what the host asks; which fields count depends on Operation.
type request struct {
	Operation    string   `json:"operation"`
	Sources      []source `json:"sources"`
	RegoVersion  int      `json:"regoVersion"`
	Entrypoints  []string `json:"entrypoints"`
	HostBuiltins []string `json:"hostBuiltins"`
	Target       string   `json:"target"`
	Query        string   `json:"query"`
	Input        string   `json:"input"`
	Data         string   `json:"data"`
	Filter       string   `json:"filter"`
	TimeoutMs    int      `json:"timeoutMs"`
	Coverage     bool     `json:"coverage"`
	// Lenient leaves out the strict checks: for Rego that others wrote, as OPA's suite of cases.
	Lenient bool `json:"lenient"`
	// Cases are asked one by one, each for TimeoutMs at most.
	Cases []evaluation `json:"cases"`
	// NowMs is the time that policies see, in milliseconds since 1970.
	NowMs int64 `json:"nowMs"`
}

type source struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// response is what the host gets. Failure and Panic say that the job could not be done, Faults
// are the author's; further bytes that an operation makes follow the JSON.
type response struct {
	Faults      []fault        `json:"faults"`
	Annotations []annotation   `json:"annotations,omitempty"`
	Packages    []packagePath  `json:"packages,omitempty"`
	Tests       []testResult   `json:"tests,omitempty"`
	Coverage    []fileCoverage `json:"coverage,omitempty"`
	Builtins    []builtinName  `json:"builtins,omitempty"`
	Error       string         `json:"error,omitempty"`
	Failure     string         `json:"failure,omitempty"`
	Panic       string         `json:"panic,omitempty"`
}

// place is a half-open range of UTF-16 offsets in the source with that index.
type place struct {
	File  int `json:"file"`
	Start int `json:"start"`
	End   int `json:"end"`
}

type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
	Place   *place `json:"place,omitempty"`
	// Related are further places of the same fault.
	Related []*place `json:"related,omitempty"`
}

type packagePath struct {
	File int      `json:"file"`
	Path []string `json:"path"`
}

type builtinName struct {
	Name       string `json:"name"`
	Arity      int    `json:"arity"`
	Deprecated bool   `json:"deprecated"`
}

type testResult struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	// DurationUs is in microseconds.
	DurationUs int64  `json:"durationUs"`
	Place      *place `json:"place,omitempty"`
	// Failure is the expression of the test that no way led past, Values what its parts stood for.
	Failure *place       `json:"failure,omitempty"`
	Values  []namedValue `json:"values,omitempty"`
	Message string       `json:"message,omitempty"`
	// Output is what print wrote.
	Output string   `json:"output,omitempty"`
	Cases  []string `json:"cases,omitempty"`
}

type fileCoverage struct {
	File       int         `json:"file"`
	Covered    []lineRange `json:"covered"`
	NotCovered []lineRange `json:"notCovered"`
}

type lineRange struct {
	First int `json:"first"`
	Last  int `json:"last"`
}
