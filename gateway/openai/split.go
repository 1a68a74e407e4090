package openai

import (
	"iter"
	"unicode/utf8"
)

// maxDelta is how much text one event may carry. JSON takes up to six bytes for one, so that the event stays below MaxEventBytes.
const maxDelta = 8 << 10

// Deltas cuts text into parts that each fit into one event, between characters. An empty text has no parts.
func Deltas(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			n := min(len(text), maxDelta)
			for n < len(text) && n > maxDelta-utf8.UTFMax && !utf8.RuneStart(text[n]) {
				n--
			}
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}
