package gemini

import (
	"strconv"
	"strings"
)

// Dialect is which of Google's two services is spoken to. They differ in little.
type Dialect uint8

// Dialects.
const (
	// GoogleAI is the Gemini API.
	GoogleAI Dialect = iota
	// VertexAI is Google Cloud's.
	VertexAI
)

// family is what a model's name says about what it takes. Names are open-ended; what is not known counts as the newest Gemini.
type family struct {
	gemini, gemma, pro, lite bool
	// major and minor are the version, 0 where the name has none, as in gemini-flash-latest.
	major, minor int
}

func newFamily(model string) family {
	name := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	f := family{
		gemma: strings.HasPrefix(name, "gemma-"), pro: strings.Contains(name, "-pro"), lite: strings.Contains(name, "-lite"),
	}
	version, isGemini := strings.CutPrefix(name, "gemini-")
	if f.gemini = isGemini; isGemini {
		version, _, _ = strings.Cut(version, "-")
		major, minor, _ := strings.Cut(version, ".")
		f.major, _ = strconv.Atoi(major)
		f.minor, _ = strconv.Atoi(minor)
	}
	return f
}

// newest says whether the model is a Gemini 3 or newer: it thinks in levels, wants its signatures back and takes media in the
// results of tools.
// Source: https://ai.google.dev/gemini-api/docs/gemini-3
func (f family) newest() bool { return f.gemini && (f.major == 0 || f.major >= 3) }

// budgets says whether the model is a Gemini 2.5, which thinks in budgets of tokens.
func (f family) budgets() bool { return f.gemini && f.major == 2 && f.minor == 5 }
