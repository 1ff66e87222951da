package main

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// index finds sources by the name that OPA knows them by, and knows what they may call.
type index struct {
	sources []source
	byPath  map[string]int
	allowed *ast.Capabilities
}

func newIndex(sources []source, allowed *ast.Capabilities) index {
	byPath := make(map[string]int, len(sources))
	for i, each := range sources {
		byPath[each.Path] = i
	}
	return index{sources, byPath, allowed}
}

// locate turns OPA's location, which counts rows and runes, into a place. Where OPA gives no text,
// the place is one word or character.
func (x index) locate(location *ast.Location) *place {
	if location == nil {
		return nil
	}
	file, ok := x.byPath[location.File]
	if !ok {
		return nil
	}
	text := x.sources[file].Text
	start := byteOffset(text, location)
	end := start + len(location.Text)
	if len(location.Text) == 0 {
		end = start + wordLength(text[start:])
	}
	return x.at(location.File, start, end)
}

// at makes a place of byte offsets.
func (x index) at(path string, start, end int) *place {
	file, ok := x.byPath[path]
	if !ok {
		return nil
	}
	text := x.sources[file].Text
	start = min(start, len(text))
	end = max(start, min(end, len(text)))
	// What OPA gives as the text of a multi-line construct may end in a line break.
	end = start + len(strings.TrimRightFunc(text[start:end], unicode.IsSpace))
	first := units(text[:start])
	return &place{file, first, first + units(text[start:end])}
}

// byteOffset goes by row and column, which every location of OPA's has: those that its rewriting
// makes lack the offset.
func byteOffset(text string, location *ast.Location) int {
	offset := 0
	for row := 1; row < location.Row; row++ {
		newline := strings.IndexByte(text[offset:], '\n')
		if newline < 0 {
			return len(text)
		}
		offset += newline + 1
	}
	for column := 1; column < location.Col && offset < len(text); column++ {
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
	}
	return offset
}

func wordLength(text string) int {
	length := strings.IndexFunc(text, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if length < 0 {
		return len(text)
	}
	if length == 0 {
		_, length = utf8.DecodeRuneInString(text)
	}
	return length
}

// units counts the UTF-16 code units of text.
func units(text string) int {
	count := 0
	for _, r := range text {
		count += max(utf16.RuneLen(r), 1)
	}
	return count
}
