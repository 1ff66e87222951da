// Reads one JSON string a line, each a YAML document, and answers with what the API server's YAML reader makes of it:
// {"json": ...} or {"error": ...}, one a line.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

type answer struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var document string
		if err := json.Unmarshal(lines.Bytes(), &document); err != nil {
			panic(err)
		}
		var reply answer
		if text, err := yaml.YAMLToJSON([]byte(document)); err != nil {
			reply.Error = err.Error()
		} else {
			reply.JSON = text
		}
		if err := encoder.Encode(reply); err != nil {
			panic(err)
		}
	}
}
