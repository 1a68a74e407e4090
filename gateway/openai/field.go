package openai

// Field is the JSON of a top-level member of the request, a part of Body, or nil where there is none. It costs a pass over the
// body; who needs more than one member decodes the body instead.
func (r *Request) Field(name string) []byte {
	var found []byte
	in := reader{b: r.Body}
	in.space()
	err := in.members(func(k key, v value) *Error {
		if string(k.name(r.Body)) == name {
			found = r.Body[v.start:v.end]
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return found
}
