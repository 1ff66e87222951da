package main

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// index finds sources by the name that OPA knows them by.
type index struct {
	sources []source
	byPath  map[string]int
}

func newIndex(sources []source) index {
	byPath := make(map[string]int, len(sources))
	for i, each := range sources {
		byPath[each.Path] = i
	}
	return index{sources, byPath}
}

// locate turns OPA's location, which counts bytes, into a place.
func (x index) locate(location *ast.Location) *place {
	if location == nil {
		return nil
	}
	file, ok := x.byPath[location.File]
	if !ok {
		return nil
	}
	text := x.sources[file].Text
	start := min(byteOffset(text, location), len(text))
	end := min(start+len(location.Text), len(text))
	return &place{file, units(text[:start]), units(text[:start]) + units(text[start:end])}
}

// byteOffset prefers row and column, which every location of OPA's has, to the offset, which
// those made by rewriting lack.
func byteOffset(text string, location *ast.Location) int {
	offset := 0
	for row := 1; row < location.Row; row++ {
		length := lineLength(text[offset:])
		offset += length
		if length == 0 {
			break
		}
	}
	return offset + max(location.Col-1, 0)
}

func lineLength(text string) int {
	for i := range len(text) {
		if text[i] == '\n' {
			return i + 1
		}
	}
	return len(text)
}

// units counts the UTF-16 code units of text.
func units(text string) int {
	count := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		count += max(utf16.RuneLen(r), 1)
		text = text[size:]
	}
	return count
}
