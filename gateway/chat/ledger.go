package chat

import "encoding/json"

// Ledger hands out the parameters of a request to an encoder, and knows in the end what the upstream cannot be told: the
// parameters that nobody took, and the things that the encoder said are lost. So nothing is left out silently.
type Ledger struct {
	params Params
	taken  []bool
	lost   []Param
}

// Open returns the Ledger for one translation of r.
func (r *Request) Open() *Ledger {
	return &Ledger{params: r.Params, taken: make([]bool, len(r.Params))}
}

// Take hands a parameter out, nil where the request has none of this name.
func (l *Ledger) Take(name string) json.RawMessage {
	for i := range l.params {
		if l.params[i].Name == name {
			l.taken[i] = true
			return l.params[i].Value
		}
	}
	return nil
}

// Lose notes something that is no parameter, or only a part of one, which the upstream's protocol cannot express; at is where the
// client's request has it.
func (l *Ledger) Lose(at string) {
	l.lost = append(l.lost, Param{Name: at, As: at})
}

// Lost is what was not taken and what was lost. Parameters keep their values, so that they can be passed on all the same.
func (l *Ledger) Lost() []Param {
	lost := l.lost
	for i, p := range l.params {
		if !l.taken[i] {
			lost = append(lost, p)
		}
	}
	return lost
}
