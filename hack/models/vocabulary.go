package models

import (
	"fmt"
	"regexp"
	"strings"
)

// The kinds of token that llama.cpp tells apart; the numbers are its own.
const (
	kindNormal  int32 = 1
	kindUnknown int32 = 2
	kindControl int32 = 3
	kindByte    int32 = 6
)

// Scores order the merges of the tokenizer, higher first. Words of the answer
// get the lowest, so that a prompt is split into single characters.
const (
	scoreCharacter float32 = -100
	scoreAnswer    float32 = -1000
)

// space is how a SentencePiece vocabulary writes a blank.
const space = "\u2581"

// roleMarkers separate the turns in the chat templates.
var roleMarkers = []string{"<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>"}

// vocabulary is a SentencePiece vocabulary: the token number is the index.
type vocabulary struct {
	pieces []string
	scores []float32
	kinds  []int32
	ids    map[string]int
}

// newVocabulary holds the tokens that every model needs: the three special
// ones, all bytes, the role markers and the printable characters.
func newVocabulary() *vocabulary {
	v := &vocabulary{ids: map[string]int{}}
	v.add("<unk>", kindUnknown, 0)
	v.add("<s>", kindControl, 0)
	v.add("</s>", kindControl, 0)
	for b := range 256 {
		v.add(fmt.Sprintf("<0x%02X>", b), kindByte, 0)
	}
	for _, m := range roleMarkers {
		v.add(m, kindControl, 0)
	}
	v.add(space, kindNormal, scoreCharacter)
	for c := '!'; c <= '~'; c++ {
		v.add(string(c), kindNormal, scoreCharacter)
	}
	return v
}

func (v *vocabulary) add(piece string, kind int32, score float32) int {
	id := len(v.pieces)
	v.pieces = append(v.pieces, piece)
	v.scores = append(v.scores, score)
	v.kinds = append(v.kinds, kind)
	v.ids[piece] = id
	return id
}

var word = regexp.MustCompile(`\s*\S+`)

// addAnswer adds the words of text as new tokens and returns them in order. A
// word that is there already is joined with the next one, because a piece can
// be in a vocabulary only once and can have only one successor.
func (v *vocabulary) addAnswer(text string) []int {
	var ids []int
	pending := ""
	for _, w := range word.FindAllString(text, -1) {
		pending += strings.ReplaceAll(w, " ", space)
		if _, taken := v.ids[pending]; taken {
			continue
		}
		ids = append(ids, v.add(pending, kindNormal, scoreAnswer))
		pending = ""
	}
	if pending != "" { // the text ends in a word it has used: make it differ by a blank
		for v.has(pending) {
			pending += space
		}
		ids = append(ids, v.add(pending, kindNormal, scoreAnswer))
	}
	return ids
}

func (v *vocabulary) has(piece string) bool {
	_, ok := v.ids[piece]
	return ok
}
