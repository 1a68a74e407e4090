package gemini

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// either is the spelling of a field that the client used: Google's servers take both.
// Source: https://protobuf.dev/programming-guides/json/
func either(o *fields.Object, camel, snake string) string {
	if !o.Has(camel) && o.Has(snake) {
		return snake
	}
	return camel
}

// rest notes what is left of an object, of which a request has one only, by the names of its fields.
func rest(o *fields.Object, params *chat.Params) {
	o.Rest(func(name string, value json.RawMessage) { keep(params, name, o.Path(name), value) })
}

// restOf notes what is left of an object of which a request has many, by the path of its fields.
func restOf(o *fields.Object, params *chat.Params) {
	o.Rest(func(name string, value json.RawMessage) { keep(params, o.Path(name), o.Path(name), value) })
}

// keep notes a parameter. A name that is there already belongs to a field that is in a wrong place.
func keep(params *chat.Params, name, as string, value []byte) {
	if params.Get(name) != nil {
		name = as + "?"
	}
	params.Add(name, as, value)
}
