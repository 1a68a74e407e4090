package chat

import (
	"iter"
	"unicode/utf8"
)

// maxPiece is how much text one event carries, in bytes. JSON takes up to six bytes for one, so that the event stays below the
// 64 KiB that every client reads.
const maxPiece = 8 << 10

// Pieces cuts text into parts that each fit into one event, between characters. An empty text has no parts.
func Pieces(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			n := min(len(text), maxPiece)
			for n < len(text) && n > maxPiece-utf8.UTFMax && !utf8.RuneStart(text[n]) {
				n--
			}
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}
