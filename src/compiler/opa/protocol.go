package main

// request is what the host asks; which fields count depends on Operation.
type request struct {
	Operation    string   `json:"operation"`
	Sources      []source `json:"sources"`
	Entrypoints  []string `json:"entrypoints"`
	HostBuiltins []string `json:"hostBuiltins"`
	Target       string   `json:"target"`
}

type source struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// response is what the host gets. Failure and Panic say that the job could not be done;
// Faults are the author's.
type response struct {
	Faults      []fault      `json:"faults"`
	Annotations []annotation `json:"annotations,omitempty"`
	Failure     string       `json:"failure,omitempty"`
	Panic       string       `json:"panic,omitempty"`
}

// place is a half-open range of UTF-16 offsets in the source with that index.
type place struct {
	File  int `json:"file"`
	Start int `json:"start"`
	End   int `json:"end"`
}

type fault struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Details []string `json:"details,omitempty"`
	Place   *place   `json:"place,omitempty"`
}
