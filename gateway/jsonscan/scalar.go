package jsonscan

import "github.com/fairlead-dev/fairlead/gateway/fault"

// word reads one of the literals true, false and null.
func (r *reader) word(w string) *fault.Error {
	for k := range len(w) {
		if r.peek() != w[k] {
			return r.unexpected("the literal " + w)
		}
		r.i++
	}
	return nil
}

// number reads a number by the grammar of RFC 8259, section 6.
func (r *reader) number() *fault.Error {
	if r.peek() == '-' {
		r.i++
	}
	switch c := r.peek(); {
	case c == '0':
		r.i++
	case '1' <= c && c <= '9':
		r.digits()
	default:
		return r.unexpected("a value")
	}
	if r.peek() == '.' {
		r.i++
		if !r.digits() {
			return r.unexpected("a digit after the decimal point")
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.i++
		if c := r.peek(); c == '+' || c == '-' {
			r.i++
		}
		if !r.digits() {
			return r.unexpected("a digit in the exponent")
		}
	}
	return nil
}

// digits reads digits and says whether there were any.
func (r *reader) digits() bool {
	start := r.i
	for c := r.peek(); '0' <= c && c <= '9'; c = r.peek() {
		r.i++
	}
	return r.i > start
}
