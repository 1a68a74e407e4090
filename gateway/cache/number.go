package cache

import (
	"bytes"
	"strconv"
)

// maxExponent is how many digits an exponent may have, its zeros in front included, for spellings of the number to be told to be equal.
// Numbers beyond are the same only where they are spelt the same.
const maxExponent = 9

// number writes a number as tagNumber, its sign, its digits without zeros at either end, `e`, the power of ten of the last digit, and
// `;`. Zero has no digits, no sign and no power. A number with an outlandish exponent is written as it is, after tagRaw.
func (n *normal) number() {
	raw := n.plain()
	mantissa, exponent := raw, 0
	if e := bytes.IndexAny(raw, "eE"); e >= 0 {
		var err error
		if exponent, err = strconv.Atoi(string(raw[e+1:])); err != nil || len(raw)-e > maxExponent {
			n.out = append(append(append(n.out, tagRaw), raw...), ';')
			return
		}
		mantissa = raw[:e]
	}
	n.out = append(n.out, tagNumber)
	if mantissa, negative := bytes.CutPrefix(mantissa, []byte("-")); negative {
		n.decimal(mantissa, exponent, '-')
	} else {
		n.decimal(mantissa, exponent, '+')
	}
}

// decimal writes what follows tagNumber.
func (n *normal) decimal(mantissa []byte, exponent int, sign byte) {
	n.out = append(n.out, sign)
	start := len(n.out)
	if whole, fraction, ok := bytes.Cut(mantissa, []byte(".")); ok {
		n.out = append(append(n.out, whole...), fraction...)
		exponent -= len(fraction)
	} else {
		n.out = append(n.out, mantissa...)
	}
	written := n.out[start:]
	digits := bytes.TrimLeft(written, "0")
	significant := bytes.TrimRight(digits, "0")
	if len(significant) == 0 {
		n.out = append(n.out[:start-1], ';')
		return
	}
	exponent += len(digits) - len(significant)
	n.out = n.out[:start+copy(written, significant)]
	n.out = append(strconv.AppendInt(append(n.out, 'e'), int64(exponent), 10), ';')
}
