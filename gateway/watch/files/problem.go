package files

import (
	"cmp"
	"fmt"
)

// Problem is a mistake in a manifest.
type Problem struct {
	File string
	// Line in the file, from 1; 0 where the whole file is meant.
	Line int
	// Object is the kind and the name, where the document got far enough to have them.
	Object string
	// Message says what was expected and what was found; it starts with the field at fault, where there is one.
	Message string
	// Kept is true where the last good version of what the problem is about goes on being served.
	Kept bool
}

// String is one line for a terminal: `stack/aliases.yaml:12: ModelAlias chat: spec.targets[0].weight: …`.
func (p Problem) String() string {
	text := p.File
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d", text, p.Line)
	}
	if p.Object != "" {
		text += ": " + p.Object
	}
	text += ": " + p.Message
	if p.Kept {
		text += " (its last good version stays in service)"
	}
	return text
}

func (p Problem) compare(other Problem) int {
	return cmp.Or(cmp.Compare(p.File, other.File), cmp.Compare(p.Line, other.Line), cmp.Compare(p.Message, other.Message))
}
