// Reads lines of JSON, each a format and its arguments (`{"kind": "int", "text": "1"}`), and prints what Go's fmt makes
// of each as a line of JSON. The arguments are converted as OPA's sprintf converts them.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"strconv"
)

type call struct {
	Format string
	Args   []struct{ Kind, Text string }
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var c call
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		args := []any{}
		for _, arg := range c.Args {
			switch arg.Kind {
			case "int":
				i, err := strconv.ParseInt(arg.Text, 10, 64)
				if err != nil {
					panic(err)
				}
				args = append(args, i)
			case "big":
				b, _ := new(big.Int).SetString(arg.Text, 10)
				args = append(args, b)
			case "float":
				f, err := strconv.ParseFloat(arg.Text, 64)
				if err != nil {
					panic(err)
				}
				args = append(args, f)
			default:
				args = append(args, arg.Text)
			}
		}
		if err := out.Encode(fmt.Sprintf(c.Format, args...)); err != nil {
			panic(err)
		}
	}
}
