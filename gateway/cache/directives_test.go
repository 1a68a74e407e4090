package cache

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

func TestDirectivesOf(t *testing.T) {
	cases := map[string]struct {
		header []string
		body   string
		want   Directives
		// left is the body without the member; empty is the body as it is.
		left string
	}{
		"None":          {body: `{"a":1}`},
		"OnlyNested":    {body: `{"a":{"cache":{"no-cache":true}},"b":"cache"}`},
		"OnlyEscapes":   {body: `{"a":"\u0063\u0061","cach\u0065x":1}`},
		"HeaderNoCache": {header: []string{"no-cache"}, body: `{}`, want: Directives{NoCache: true}},
		"HeaderList":    {header: []string{`foo, No-Store,max-age="60"`, "max-age=30"}, body: `{}`, want: Directives{NoStore: true, MaxAge: 30 * time.Second}},
		"HeaderZero":    {header: []string{"max-age=0"}, body: `{}`, want: Directives{NoCache: true}},
		"HeaderBad":     {header: []string{"max-age=soon"}, body: `{}`, want: Directives{NoCache: true}},
		"HeaderLong":    {header: []string{"max-age=9223372036854775807"}, body: `{}`, want: Directives{MaxAge: longest}},
		"First":         {body: `{"cache":{"no-cache":true},"a":1}`, want: Directives{NoCache: true}, left: `{"a":1}`},
		"Middle":        {body: `{"b":[], "cache" : {"no-store":true} ,"a":1}`, want: Directives{NoStore: true}, left: `{"b":[] ,"a":1}`},
		"Last":          {body: `{"b":"}" , "cache":{"ttl":60} }`, want: Directives{TTL: time.Minute}, left: `{"b":"}"  }`},
		"Only":          {body: `{ "cache":{"s-maxage":1.5} }`, want: Directives{MaxAge: 1500 * time.Millisecond}, left: `{  }`},
		"Escaped":       {body: `{"\u0063ache":{"s-max-age":9},"a":1}`, want: Directives{MaxAge: 9 * time.Second}, left: `{"a":1}`},
		"Null":          {body: `{"a":1,"cache":null}`, left: `{"a":1}`},
		"Nulls":         {body: `{"cache":{"ttl":null,"no-cache":null,"namespace":null}}`, left: `{}`},
		"Empty":         {body: `{"cache":{},"a":1}`, left: `{"a":1}`},
		"Unknown":       {body: `{"cache":{"type":"redis","supported":[1]},"a":1}`, left: `{"a":1}`},
		"UseCache":      {body: `{"cache":{"use-cache":true}}`, left: `{}`},
		"UseNoCache":    {body: `{"cache":{"use-cache":false}}`, want: Directives{NoCache: true, NoStore: true}, left: `{}`},
		"Zeros":         {body: `{"cache":{"ttl":0,"s-maxage":0}}`, want: Directives{NoCache: true, NoStore: true}, left: `{}`},
		"Long":          {body: `{"cache":{"ttl":1e300}}`, want: Directives{TTL: longest}, left: `{}`},
		"Namespace":     {body: `{"cache":{"namespace":"x"}}`, want: Directives{Namespace: "x"}, left: `{}`},
		"HeaderWins":    {header: []string{"no-cache"}, body: `{"cache":{"no-cache":false}}`, want: Directives{NoCache: true}, left: `{}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, field, err := DirectivesOf(http.Header{"Cache-Control": tc.header}, []byte(tc.body))
			if err != nil {
				t.Fatalf("DirectivesOf: %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("DirectivesOf: -want +got\n%s", diff)
			}
			want := tc.left
			if want == "" {
				want = tc.body
			}
			if left := string(field.Cut([]byte(tc.body))); left != want {
				t.Errorf("Cut: %s, want %s", left, want)
			}
		})
	}
}

func TestDirectivesOfMistakes(t *testing.T) {
	for body, param := range map[string]string{
		`{"cache":"no"}`: "cache", `{"cache":false}`: "cache", `{"cache":[{}]}`: "cache",
		`{"cache":{"no-cache":"yes"}}`: "cache.no-cache", `{"cache":{"no-store":1}}`: "cache.no-store",
		`{"cache":{"use-cache":"x"}}`: "cache.use-cache", `{"cache":{"ttl":-1}}`: "cache.ttl", `{"cache":{"ttl":"60"}}`: "cache.ttl",
		`{"cache":{"ttl":1e999}}`: "cache.ttl", `{"cache":{"s-maxage":{}}}`: "cache.s-maxage", `{"cache":{"namespace":7}}`: "cache.namespace",
	} {
		t.Run(body, func(t *testing.T) {
			_, _, err := DirectivesOf(nil, []byte(body))
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Status != http.StatusBadRequest || e.Param != param {
				t.Errorf("DirectivesOf: %+v, want a 400 for %s", err, param)
			}
		})
	}
}

func TestLifetime(t *testing.T) {
	for want, d := range map[time.Duration]Directives{
		time.Minute: {TTL: time.Minute}, time.Hour: {TTL: 2 * time.Hour},
	} {
		if got := d.Lifetime(time.Hour); got != want {
			t.Errorf("Lifetime of %+v: %v, want %v", d, got, want)
		}
	}
	if d := (Directives{}); d.Lifetime(time.Hour) != time.Hour || d.Alone() {
		t.Errorf("a request without directives: %v, %v", d.Lifetime(time.Hour), d.Alone())
	}
}

// FuzzCut takes the member out of bodies: what is left means the same without it.
func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"a":"\"","cache":{"ttl":1},"b":[{"cache":1}]}`))
	f.Add([]byte(` { "\u0063ache" : null , "b" : 1 } `))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := jsonscan.Scan(&jsonscan.Spec{}, body); err != nil {
			return
		}
		_, field, err := DirectivesOf(nil, body)
		if err != nil {
			return
		}
		var want, got map[string]json.RawMessage
		if json.Unmarshal(body, &want) != nil {
			return
		}
		delete(want, fieldCache)
		left := field.Cut(body)
		if err := json.Unmarshal(left, &got); err != nil {
			t.Fatalf("%q became %q: %v", body, left, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q became %q: -want +got\n%s", body, left, diff)
		}
	})
}
