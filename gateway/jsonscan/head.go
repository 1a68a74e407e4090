package jsonscan

import "github.com/fairlead-dev/fairlead/gateway/fault"

// textHead is how much of a text counts as its beginning, in bytes.
const textHead = 1 << 10

// Head returns the beginning of what the top-level member name holds, which stays the same while a conversation goes on: of a list of
// messages those up to the first that is neither the system's nor the developer's, of a text its first KiB, and nothing of anything
// else. The body was scanned before.
func Head(body []byte, name string) []byte {
	var head []byte
	in := reader{b: body}
	in.space()
	// The body was scanned, so that there is no error to be had.
	_ = in.members(func(k key, v value) *fault.Error {
		if string(k.name(body)) != name {
			return nil
		}
		switch v.kind {
		case kindString:
			head = body[v.start:min(v.end, v.start+textHead)]
		case kindArray:
			head = body[v.start : v.start+opening(body[v.start:v.end])]
		}
		return nil
	})
	return head
}

// opening is the length of the first messages of a list.
func opening(list []byte) int {
	in := reader{b: list, i: 1}
	for in.space(); in.peek() == '{'; in.space() {
		instructs := false
		_ = in.members(func(k key, v value) *fault.Error {
			if string(k.name(list)) == "role" {
				role := string(list[v.start:v.end])
				instructs = role == `"system"` || role == `"developer"`
			}
			return nil
		})
		end := in.i
		if in.space(); !instructs || in.peek() != ',' {
			return end
		}
		in.i++
	}
	return in.i
}
