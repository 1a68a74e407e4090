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

// rest notes what is left of an object, of which a request has one only, by the names of its fields. A name that is there already
// belongs to a field that is in a wrong place.
func rest(o *fields.Object, params *chat.Params) {
	var names map[string]bool
	o.Rest(func(name string, value json.RawMessage) {
		if names == nil {
			names = namesOf(*params)
		}
		as := o.Path(name)
		if names[name] {
			name = as + "?"
		}
		params.Add(name, as, value)
	})
}

// namesOf are the names of parameters, as a set: a request may have very many that nobody knows.
func namesOf(params chat.Params) map[string]bool {
	names := make(map[string]bool, len(params))
	for _, p := range params {
		names[p.Name] = true
	}
	return names
}

// restOf notes what is left of an object of which a request has many, by the path of its fields.
func restOf(o *fields.Object, params *chat.Params) {
	o.Rest(func(name string, value json.RawMessage) { params.Add(o.Path(name), o.Path(name), value) })
}
