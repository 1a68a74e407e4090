package cache

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// number is a number of a test: digits times a power of ten.
type number struct {
	digits int64
	power  int
}

// pair is a member of an object.
type pair struct {
	name  string
	value any
}

// values draws a value of JSON from a space so small that two are often equal.
func values(depth int) *rapid.Generator[any] {
	text := rapid.SampledFrom([]string{"", "a", "é\n", "\"\\", strings.Repeat("x", foldAbove), strings.Repeat("x", foldAbove-textLength-1), "😀"})
	generators := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](false), rapid.Map(text, func(s string) any { return s }),
		rapid.Custom(func(t *rapid.T) any {
			return number{rapid.Int64Range(-3, 12).Draw(t, "digits"), rapid.IntRange(-2, 2).Draw(t, "power")}
		}),
	}
	if depth > 0 {
		generators = append(generators,
			rapid.Map(rapid.SliceOfN(values(depth-1), 0, 3), func(v []any) any { return v }),
			rapid.Map(objects(depth), func(p []pair) any { return p }))
	}
	return rapid.OneOf(generators...)
}

func objects(depth int) *rapid.Generator[[]pair] {
	name := rapid.SampledFrom([]string{"", "a", "b", "user", "cache", "é", strings.Repeat("k", foldAbove+1)})
	one := rapid.Custom(func(t *rapid.T) pair {
		return pair{name.Draw(t, "name"), values(depth-1).Draw(t, "value")}
	})
	return rapid.SliceOfNDistinct(one, 0, 4, func(p pair) string { return p.name })
}

// spell writes a value in one of its spellings.
func spell(t *rapid.T, b *strings.Builder, v any) {
	space := func() { b.WriteString(rapid.SampledFrom([]string{"", "", " ", "\n\t"}).Draw(t, "space")) }
	list := func(opening, closing string, n int, write func(i int)) {
		b.WriteString(opening)
		for i := range n {
			if i > 0 {
				b.WriteString(",")
			}
			space()
			write(i)
			space()
		}
		b.WriteString(closing)
	}
	switch v := v.(type) {
	case number:
		b.WriteString(spellNumber(t, v))
	case string:
		spellText(t, b, v)
	case []any:
		list("[", "]", len(v), func(i int) { spell(t, b, v[i]) })
	case []pair:
		order := rapid.Permutation(v).Draw(t, "order")
		list("{", "}", len(v), func(i int) {
			spellText(t, b, order[i].name)
			space()
			b.WriteString(":")
			space()
			spell(t, b, order[i].value)
		})
	default:
		fmt.Fprint(b, map[any]string{nil: "null", true: "true", false: "false"}[v])
	}
}

func spellText(t *rapid.T, b *strings.Builder, s string) {
	if rapid.Bool().Draw(t, "plain") {
		b.WriteString(strconv.Quote(s))
		return
	}
	b.WriteString(`"`)
	for _, c := range s {
		if c > 0xffff {
			b.WriteRune(c)
			continue
		}
		fmt.Fprintf(b, `\u%04x`, c)
	}
	b.WriteString(`"`)
}

func spellNumber(t *rapid.T, n number) string {
	for range rapid.IntRange(0, 2).Draw(t, "shift") {
		n.digits, n.power = n.digits*10, n.power-1
	}
	if rapid.Bool().Draw(t, "power") || n.power > 0 {
		return fmt.Sprintf("%d%s%d", n.digits, rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e"), n.power)
	}
	places := -n.power + rapid.IntRange(0, 2).Draw(t, "zeros")
	r := new(big.Rat).SetFrac64(n.digits, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-n.power)), nil).Int64())
	return r.FloatString(places)
}

// meaning is what encoding/json makes of a body, as text that is the same for equal values only.
func meaning(t *rapid.T, body string) string {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		t.Fatalf("the test's body %s: %v", body, err)
	}
	delete(tree, "user")
	delete(tree, "cache")
	text, err := json.Marshal(means(tree))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// means writes numbers as fractions, and marks strings so that none is taken for a number.
func means(v any) any {
	switch v := v.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(v.String())
		return "number " + r.String()
	case string:
		return "text " + v
	case []any:
		for i := range v {
			v[i] = means(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = means(v[name])
		}
	}
	return v
}

// TestKeysMean draws two bodies, half of the time two spellings of one: they have one key exactly where they mean the same.
func TestKeysMean(t *testing.T) {
	c := newCache()
	rapid.Check(t, func(t *rapid.T) {
		var a, b strings.Builder
		doc := objects(3).Draw(t, "a")
		spell(t, &a, doc)
		if rapid.Bool().Draw(t, "other") {
			doc = objects(3).Draw(t, "b")
		}
		spell(t, &b, doc)
		ka, _ := c.KeyOf(&Request{Body: []byte(a.String())})
		kb, _ := c.KeyOf(&Request{Body: []byte(b.String())})
		if same := meaning(t, a.String()) == meaning(t, b.String()); same != (ka == kb) {
			t.Errorf("the keys are equal: %v, want %v\n%s\n%s", ka == kb, same, &a, &b)
		}
	})
}

// TestKeysMeanOfSmall is the same for bodies of one member, of which many are equal in other spellings, or nearly.
func TestKeysMeanOfSmall(t *testing.T) {
	c := newCache()
	rapid.Check(t, func(t *rapid.T) {
		var a, b strings.Builder
		spell(t, &a, []pair{{"a", values(1).Draw(t, "a")}})
		spell(t, &b, []pair{{"a", values(1).Draw(t, "b")}})
		ka, _ := c.KeyOf(&Request{Body: []byte(a.String())})
		kb, _ := c.KeyOf(&Request{Body: []byte(b.String())})
		if same := meaning(t, a.String()) == meaning(t, b.String()); same != (ka == kb) {
			t.Errorf("the keys are equal: %v, want %v\n%s\n%s", ka == kb, same, &a, &b)
		}
	})
}
