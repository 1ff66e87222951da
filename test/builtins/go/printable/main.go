// Prints the ranges of runes that strconv.IsPrint accepts, beyond ASCII, as src/builtins/go-printable.ts holds them:
// pairs of (gap since the last range, length - 1) in base 36.
package main

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

func main() {
	last := rune(0x7e)
	for r := rune(0x7f); r <= utf8.MaxRune; r++ {
		if !strconv.IsPrint(r) {
			continue
		}
		start := r
		for r <= utf8.MaxRune && strconv.IsPrint(r) {
			r++
		}
		fmt.Print(strconv.FormatInt(int64(start-last), 36), " ", strconv.FormatInt(int64(r-1-start), 36), " ")
		last = r - 1
	}
	fmt.Println()
}
