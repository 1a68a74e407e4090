package responses

import (
	"fmt"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// instead is what a client can do that relied on something stored.
const instead = "nothing is stored between requests. Send the whole conversation in 'input', all items in full, with 'store' set to false."

// Stateless is the 404 for the paths of the API that work on stored responses, such as `/responses/{id}`, `/responses/{id}/cancel`
// and `/responses/compact`.
func Stateless(path string) *fault.Error {
	return &fault.Error{
		Status: http.StatusNotFound, Code: fault.CodeUnsupported,
		Message: fmt.Sprintf("'%s' is not available: %s", fault.Clip(path), instead),
	}
}

// refuseStored refuses the members of a request that mean nothing without something that was stored. `store` by itself is none:
// clients that want the default send it, and most never come back for what was stored.
func (d *decoder) refuseStored() {
	for _, name := range []string{"previous_response_id", "conversation", "prompt"} {
		if d.o.Has(name) {
			d.o.Unsupported(name, instead)
		}
		d.o.Drop(name)
	}
	if !d.o.Is("background", "false") {
		d.o.Unsupported("background", "an answer that is fetched later would have to be stored, and "+instead)
	}
}

// stored refuses an item of the input that stands for something which only OpenAI has.
func (d *decoder) stored(o *fields.Object, kind string) {
	o.Unsupported("type", fmt.Sprintf("an item of type '%s' stands for something that OpenAI stores or can read alone, but %s", kind, instead))
}
