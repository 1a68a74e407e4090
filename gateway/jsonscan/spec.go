package jsonscan

// Spec says what routing needs to know of the body of one kind of request.
type Spec struct {
	// Model says that the top-level field `model` names the model, and must be there. Where it is false the path of the request
	// names it; the field may then be there all the same, as a string.
	Model bool
	// Stream says that the top-level boolean `stream` asks for a stream. Streams is what its absence means.
	Stream, Streams bool
	// StreamOptions says that there may be an object `stream_options` with a boolean `include_usage`.
	StreamOptions bool
	// Content is the field that holds what the model is to work on; its Name is empty where there is none to check.
	Content Content
}

// Content is a field and what it may be.
type Content struct {
	Name string
	// Optional says that the request makes sense without it.
	Optional bool
	// Text, Object, List and Objects are the types that it may have: a string, an object, a list of anything, a list of objects.
	// Lists must not be empty, unless the field is Optional.
	Text, Object, List, Objects bool
}

// want is how a message calls the types.
func (c Content) want() string {
	switch {
	case c.Objects:
		return "an array of objects"
	case c.Text && c.List:
		return "a string or an array"
	case c.List:
		return "an array"
	case c.Object:
		return "an object"
	}
	return "a string"
}

// admits says whether a value of this kind may be the content.
func (c Content) admits(k kind) bool {
	switch k {
	case kindString:
		return c.Text
	case kindObject:
		return c.Object
	case kindArray:
		return c.List || c.Objects
	case kindNull:
		return c.Optional
	}
	return false
}
