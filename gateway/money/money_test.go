package money

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	cases := map[string]struct {
		text string
		want USD
	}{
		"Nothing":        {"0", 0},
		"Whole":          {"500", 500 * dollar},
		"Fraction":       {"0.15", 150_000_000},
		"NineDigits":     {"0.000000001", 1},
		"SuperfluousEnd": {"1.500000000", 1_500_000_000},
		"LeadingZeros":   {"007.5", 7_500_000_000},
		"Largest":        {"9223372035.999999999", 9_223_372_035_999_999_999},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text)
			if err != nil || got != c.want {
				t.Errorf("Parse(%q) = %d, %v, want %d", c.text, got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]string{
		"Empty": "", "Point": ".", "NoWhole": ".5", "NoFraction": "5.", "TwoPoints": "1.2.3", "Negative": "-1", "NegativeFraction": "0.-5",
		"Plus": "+1", "PlusInFraction": "0.+5", "TenDigits": "0.0000000001", "TooMuch": "9223372036", "FarTooMuch": "18446744073709551616",
		"Exponent": "1e3", "Comma": "1,5", "Space": " 1", "Underscore": "1_000", "Hex": "0x10", "NotLatin": "١", "Infinite": "Inf", "Sign": "$5",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(text)
			if err == nil {
				t.Fatalf("Parse(%q) = %s, want an error", text, got)
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("found %q", text)) {
				t.Errorf("the error does not say what was found: %v", err)
			}
		})
	}
}

func TestString(t *testing.T) {
	for want, u := range map[string]USD{
		"0": 0, "1": dollar, "0.1": dollar / 10, "0.0000375": 37_500, "500.12": 500_120_000_000, "9223372036.854775807": Max,
	} {
		if got := u.String(); got != want {
			t.Errorf("String of %d = %s, want %s", int64(u), got, want)
		}
	}
}

func TestForTokens(t *testing.T) {
	cases := map[string]struct {
		price  USD
		tokens int64
		want   USD
	}{
		"NoTokens":       {dollar, 0, 0},
		"NoPrice":        {0, 1_000_000, 0},
		"LessThanNone":   {dollar, -5, 0},
		"NegativePrice":  {-dollar, 5, 0},
		"Million":        {dollar, 1_000_000, dollar},
		"RoundedUp":      {1, 1, 1},
		"ExactIsExact":   {1_000_000, 3, 3},
		"Usual":          {150_000_000, 1_234, 185_100},
		"LargestPrice":   {Max, 1_000_000, Max},
		"OverTheLargest": {Max, 1_000_001, Max},
		"Everything":     {Max, math.MaxInt64, Max},
		// 2^64 × 10^6 - 936,778: the quotient is the largest that fits 64 bits, and rounding it up would make it 0.
		"RoundingNeverWraps": {9_223_367_425_171_063_222, 2_000_001, Max},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.price.ForTokens(c.tokens); got != c.want {
				t.Errorf("%d tokens at %s = %s, want %s", c.tokens, c.price, got, c.want)
			}
		})
	}
}

// amounts draws from the whole range, with its ends more often than chance would.
func amounts() *rapid.Generator[USD] {
	return rapid.Custom(func(t *rapid.T) USD { return USD(rapid.Int64Min(0).Draw(t, "nanos")) })
}

// clamped is a result of exact arithmetic in the range of amounts.
func clamped(exact *big.Int) USD {
	switch {
	case exact.Sign() < 0:
		return 0
	case exact.IsInt64():
		return USD(exact.Int64())
	}
	return Max
}

func nanos(u USD) *big.Int { return big.NewInt(int64(u)) }

func TestSumsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts().Draw(t, "a"), amounts().Draw(t, "b")
		if got, want := Add(a, b), clamped(new(big.Int).Add(nanos(a), nanos(b))); got != want {
			t.Errorf("%d + %d = %d, want %d", a, b, got, want)
		}
		if got, want := Sub(a, b), clamped(new(big.Int).Sub(nanos(a), nanos(b))); got != want {
			t.Errorf("%d - %d = %d, want %d", a, b, got, want)
		}
	})
}

// TestNothingIsEverNegative: whatever a corrupt record says, no sum is a credit.
func TestNothingIsEverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, tokens := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b"), rapid.Int64().Draw(t, "tokens")
		if sum := Add(USD(a), USD(b)); sum < 0 || sum < USD(a) || sum < USD(b) {
			t.Errorf("%d + %d = %d", a, b, sum)
		}
		if rest := Sub(USD(a), USD(b)); rest < 0 || rest > max(USD(a), 0) {
			t.Errorf("%d - %d = %d", a, b, rest)
		}
		if cost := USD(a).ForTokens(tokens); cost < 0 || a > 0 && tokens > 0 && cost == 0 {
			t.Errorf("%d tokens at %d cost %d", tokens, a, cost)
		}
	})
}

// TestTokensRoundUp: the cost is the smallest whole billionth that is no less than the exact one.
func TestTokensRoundUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price, tokens := amounts().Draw(t, "price"), rapid.Int64Min(0).Draw(t, "tokens")
		exact := new(big.Int).Mul(nanos(price), big.NewInt(tokens))
		cost, rest := exact.QuoRem(exact, big.NewInt(million), new(big.Int))
		if rest.Sign() > 0 {
			cost.Add(cost, big.NewInt(1))
		}
		if got, want := price.ForTokens(tokens), clamped(cost); got != want {
			t.Errorf("%d tokens at %d = %d, want %d", tokens, price, got, want)
		}
	})
}

// TestDecimalsAreExact: what is written is read again as it was.
func TestDecimalsAreExact(t *testing.T) {
	const largest = 9_223_372_035_999_999_999
	rapid.Check(t, func(t *rapid.T) {
		u := USD(rapid.Int64Range(0, largest).Draw(t, "nanos"))
		if got, err := Parse(u.String()); err != nil || got != u {
			t.Errorf("Parse(%q) = %d, %v, want %d", u, got, err, u)
		}
	})
}

// FuzzParse: what is taken is what arithmetic without bounds makes of the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0", "500", "0.15", "9223372035.999999999", "9223372036", "1.", ".1", "-0", "0.+1", "1e9", "00.10"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("Parse(%q) = %s, which is no number", text, got)
		}
		if want := new(big.Rat).SetFrac(nanos(got), big.NewInt(dollar)); exact.Cmp(want) != 0 || got < 0 {
			t.Errorf("Parse(%q) = %s", text, got)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("Parse(%q) of the amount's own spelling = %s, %v, want %s", got.String(), again, err, got)
		}
	})
}
