package snapshot

import (
	"fmt"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// Price is what a target costs. Token prices are for a million of them.
type Price struct {
	Input, CachedInput, CacheWrite, Output, Request money.USD
	// Known says that the target has a price.
	Known bool
}

// Cost of an answered request. input are all tokens of the prompt; cached and written are parts of them.
func (p *Price) Cost(input, cached, written, output int64) money.USD {
	fresh := max(input-cached-written, 0)
	cost := money.Add(p.Request, p.Input.ForTokens(fresh))
	cost = money.Add(cost, p.CachedInput.ForTokens(cached))
	cost = money.Add(cost, p.CacheWrite.ForTokens(written))
	return money.Add(cost, p.Output.ForTokens(output))
}

// newPrice reads a price list; one that is nil makes a price that is not known. Tokens of a cache cost what input tokens do unless
// the list says otherwise.
func newPrice(list *v1alpha1.Pricing) (Price, error) {
	if list == nil {
		return Price{}, nil
	}
	p := Price{Known: true}
	for _, f := range []struct {
		name string
		text v1alpha1.USD
		to   *money.USD
		also []*money.USD
	}{
		{"inputPerMillionTokens", list.InputPerMillionTokens, &p.Input, []*money.USD{&p.CachedInput, &p.CacheWrite}},
		{"outputPerMillionTokens", list.OutputPerMillionTokens, &p.Output, nil},
		{"cachedInputPerMillionTokens", list.CachedInputPerMillionTokens, &p.CachedInput, nil},
		{"cacheWritePerMillionTokens", list.CacheWritePerMillionTokens, &p.CacheWrite, nil},
		{"perRequest", list.PerRequest, &p.Request, nil},
	} {
		if f.text == "" {
			continue
		}
		amount, err := money.Parse(string(f.text))
		if err != nil {
			return Price{}, fmt.Errorf("%s: %w", f.name, err)
		}
		*f.to = amount
		for _, to := range f.also {
			*to = amount
		}
	}
	return p, nil
}

func (d *digester) price(p *Price) {
	if !p.Known {
		d.number(0)
		return
	}
	d.number(1, int64(p.Input), int64(p.CachedInput), int64(p.CacheWrite), int64(p.Output), int64(p.Request))
}
