package openai

import "encoding/json"

// text is the string that raw holds, or raw itself where it is no string: vendors write objects where OpenAI has text.
func text(raw json.RawMessage) string {
	var s string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &s) == nil:
		return s
	}
	return string(raw)
}
