// Package money reckons in integer nano-dollars: no sum of prices is ever off by a rounding of floating point, and none overflows
// into a credit.
package money

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// USD is an amount in billionths of a US dollar. It is never negative; the largest amount is some nine billion dollars.
type USD int64

// Max is the largest amount, and what sums are that would exceed it.
const Max USD = math.MaxInt64

const (
	dollar = 1_000_000_000
	digits = 9
	// million is what prices of tokens are for.
	million = 1_000_000
)

// Parse reads a decimal such as `500` or `0.15`, with at most nine digits after the point.
func Parse(text string) (USD, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	dollars, err := strconv.ParseUint(whole, 10, 63)
	if err != nil || dollars > math.MaxInt64/dollar-1 || len(fraction) > digits || strings.HasSuffix(text, ".") {
		return 0, bad(text)
	}
	nanos := uint64(0)
	if fraction != "" {
		if nanos, err = strconv.ParseUint(fraction+strings.Repeat("0", digits-len(fraction)), 10, 63); err != nil {
			return 0, bad(text)
		}
	}
	return USD(dollars*dollar + nanos), nil
}

func bad(text string) error {
	return fmt.Errorf("expected an amount of dollars such as 0.15, with at most nine digits after the point, found %q", text)
}

// Add is a plus b, Max at most. What is less than nothing counts as nothing.
func Add(a, b USD) USD {
	a, b = max(a, 0), max(b, 0)
	if a > Max-b {
		return Max
	}
	return a + b
}

// Sub is a minus b, nothing at least. What is less than nothing counts as nothing.
func Sub(a, b USD) USD {
	return max(max(a, 0)-max(b, 0), 0)
}

// ForTokens is what tokens cost where a million of them cost u, rounded up to a whole billionth and Max at most. Less than no
// tokens cost nothing.
func (u USD) ForTokens(tokens int64) USD {
	if u <= 0 || tokens <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(u), uint64(tokens))
	if high >= million {
		return Max
	}
	cost, rest := bits.Div64(high, low, million)
	if cost >= math.MaxInt64 {
		return Max
	}
	if rest > 0 {
		cost++
	}
	return USD(cost)
}

// String is the amount as a decimal without superfluous zeros: `0.0000375`.
func (u USD) String() string {
	if u%dollar == 0 {
		return strconv.FormatInt(int64(u)/dollar, 10)
	}
	fraction := fmt.Sprintf("%09d", int64(u)%dollar)
	return strconv.FormatInt(int64(u)/dollar, 10) + "." + strings.TrimRight(fraction, "0")
}
