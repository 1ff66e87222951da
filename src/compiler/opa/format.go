package main

import (
	"github.com/open-policy-agent/opa/v1/format"
)

// layOut answers with the text of the one source in OPA's layout.
func layOut(r request) (response, []byte) {
	if len(r.Sources) != 1 {
		return response{Failure: "one source is formatted at a time"}, nil
	}
	allowed := everyCapability()
	places := newIndex(r.Sources, allowed)
	options := r.parserOptions(allowed)
	if _, faults := parse(places, r.Sources, options); len(faults) > 0 {
		return response{Faults: faults}, nil
	}
	text, err := format.SourceWithOpts(r.Sources[0].Path, []byte(r.Sources[0].Text), format.Opts{
		RegoVersion:   r.version(),
		ParserOptions: &options,
	})
	if err != nil {
		return response{Faults: places.faults(err)}, nil
	}
	return response{}, text
}
