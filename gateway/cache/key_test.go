package cache

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

// keyOf is the key of a body that was scanned.
func keyOf(t testing.TB, c *Cache, r Request, body string) Key {
	t.Helper()
	if _, err := jsonscan.Scan(&jsonscan.Spec{}, []byte(body)); err != nil {
		t.Fatalf("the test's body %s: %v", body, err)
	}
	r.Body = []byte(body)
	k, ok := c.KeyOf(&r)
	if !ok {
		t.Fatalf("KeyOf(%s): no key", body)
	}
	return k
}

func TestKeyOfBodies(t *testing.T) {
	long := strings.Repeat("x", foldAbove)
	cases := map[string]struct {
		path, a, b string
		same       bool
	}{
		"Order":            {a: `{"a":{"x":1,"y":2},"b":[]}`, b: `{"b":[],"a":{"y":2,"x":1}}`, same: true},
		"OrderOfArray":     {a: `{"a":[1,2]}`, b: `{"a":[2,1]}`},
		"Space":            {a: "{\"a\": [ 1 ,\t{\n} , [ ]\r] }", b: `{"a":[1,{},[]]}`, same: true},
		"SpaceInString":    {a: `{"a":"x y"}`, b: `{"a":"x  y"}`},
		"Escapes":          {a: `{"\u0061":"\u00e9\/\ud83d\ude00\n"}`, b: `{"a":"é/😀\u000a"}`, same: true},
		"EscapedQuote":     {a: `{"a":"\"","b":"\\"}`, b: `{"b":"\u005c","a":"\u0022"}`, same: true},
		"LongStrings":      {a: `{"a":"` + long + `"}`, b: `{"a":"\u0078` + long[1:] + `"}`, same: true},
		"OtherLongString":  {a: `{"a":"` + long + `"}`, b: `{"a":"` + long[1:] + `y"}`},
		"LongNames":        {a: `{"` + long + `":1,"a":2}`, b: `{"a":2,"` + long + `":1}`, same: true},
		"Numbers":          {a: `{"a":[1,1.0,10e-1,0.1e1,1E+0,100,-0,0e9]}`, b: `{"a":[1.00,1,1,1,1,1e2,0,0.0]}`, same: true},
		"NumbersNotRound":  {a: `{"a":0.1}`, b: `{"a":0.10000000000000000001}`},
		"NumbersSign":      {a: `{"a":1}`, b: `{"a":-1}`},
		"NumbersPower":     {a: `{"a":1}`, b: `{"a":10}`},
		"NumbersHuge":      {a: `{"a":1e99999999999}`, b: `{"a":1e99999999998}`},
		"NumbersHugeSame":  {a: `{"a":1e99999999999}`, b: `{ "a" : 1e99999999999}`, same: true},
		"NumberAndString":  {a: `{"a":1}`, b: `{"a":"1"}`},
		"NullAndAbsent":    {a: `{"a":null}`, b: `{}`},
		"TrueAndFalse":     {a: `{"a":true}`, b: `{"a":false}`},
		"Nesting":          {a: `{"a":[[1],2]}`, b: `{"a":[[1,2]]}`},
		"Who":              {a: `{"a":1,"user":"u1","metadata":{"a":[1]},"litellm_call_id":"x"}`, b: `{"prompt_cache_key":"x","safety_identifier":"u2","a":1}`, same: true},
		"WhoEchoed":        {path: "/responses", a: `{"a":1,"user":"u1"}`, b: `{"a":1,"user":"u2"}`},
		"WhoNested":        {a: `{"a":{"user":"u1"}}`, b: `{"a":{"user":"u2"}}`},
		"Cache":            {path: "/responses", a: `{"cache":{"ttl":1},"a":1}`, b: `{"a":1}`, same: true},
		"StreamOptions":    {a: `{"stream_options":{"include_usage":true}}`, b: `{}`},
		"LookAlikeOfFold":  {a: `{"a":"` + long + `"}`, b: `{"a":"#"}`},
		"EmptyAndNoObject": {a: `{"a":{}}`, b: `{"a":[]}`},
	}
	c := newCache()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			a, b := keyOf(t, c, Request{Path: tc.path}, tc.a), keyOf(t, c, Request{Path: tc.path}, tc.b)
			if (a == b) != tc.same {
				t.Errorf("the keys are equal: %v, want %v", a == b, tc.same)
			}
		})
	}
}

// TestKeyOfFields draws requests whose fields run into each other where they are not kept apart.
func TestKeyOfFields(t *testing.T) {
	c := newCache()
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", "a\x00"})
	draw := func(t *rapid.T) Request {
		r := Request{
			Alias: text.Draw(t, "alias"), Revision: text.Draw(t, "revision"), Path: text.Draw(t, "path"), Query: text.Draw(t, "query"),
			Model: text.Draw(t, "model"), Protocol: text.Draw(t, "protocol"), Scope: text.Draw(t, "scope"),
			Namespace: text.Draw(t, "namespace"), Stream: rapid.Bool().Draw(t, "stream"), Header: http.Header{}, Body: []byte("{}"),
		}
		for _, name := range VaryHeaders() {
			if values := rapid.SliceOfN(text, 0, 2).Draw(t, name); len(values) > 0 {
				r.Header[name] = values
			}
		}
		return r
	}
	rapid.Check(t, func(t *rapid.T) {
		a := draw(t)
		b := a
		if rapid.Bool().Draw(t, "other") {
			b = draw(t)
		}
		ka, _ := c.KeyOf(&a)
		kb, _ := c.KeyOf(&b)
		ja, _ := json.Marshal(a)
		jb, _ := json.Marshal(b)
		if (ka == kb) != bytes.Equal(ja, jb) {
			t.Errorf("the keys are equal: %v\n%s\n%s", ka == kb, ja, jb)
		}
	})
}

func TestScopeOf(t *testing.T) {
	seen := map[string][2]string{"": {"the gateway"}}
	for _, who := range [][2]string{{"", ""}, {"a", ""}, {"", "a"}, {"a", "b"}, {"a/b", ""}, {"a/b", "c"}, {"a", "b/c"}, {"1:a", "b"}} {
		scope := ScopeOf(who[0], who[1])
		if other, twice := seen[scope]; twice {
			t.Errorf("%q and %q share the scope %q", who, other, scope)
		}
		seen[scope] = who
	}
}

func TestKeyOfNothing(t *testing.T) {
	c := newCache()
	for name, body := range map[string][]byte{
		"Empty": nil, "Form": []byte("--x\r\n"), "Large": bytes.Repeat([]byte(" "), MaxRequest+1),
	} {
		t.Run(name, func(t *testing.T) {
			if k, ok := c.KeyOf(&Request{Body: body}); ok {
				t.Errorf("KeyOf: %x, want none", k)
			}
		})
	}
}

// TestKeyOfBuffers makes sure that a large request leaves nothing in the key of the next, and no large buffer.
func TestKeyOfBuffers(t *testing.T) {
	c := newCache()
	before := keyOf(t, c, Request{}, `{"b":1,"a":2}`)
	keyOf(t, c, Request{}, `{"a":"`+strings.Repeat("x", 1<<20)+`","b":{"d":1,"c":2}}`)
	if after := keyOf(t, c, Request{}, `{"a":2,"b":1}`); after != before {
		t.Errorf("the key is another after a large request")
	}
	n := c.normals.Get().(*normal)
	if cap(n.out) > 256<<10 || n.b != nil {
		t.Errorf("a buffer of %d bytes is kept, and a body of %d", cap(n.out), len(n.b))
	}
}

// FuzzKeyOf compares with encoding/json: a body and what that makes of it have one key.
func FuzzKeyOf(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":"a\u00e9\\"}],"temperature":0.70,"user":"x"}`))
	f.Add([]byte(` { "b" : [ 1e2 , -0 , {"y":null,"x":true} ] , "a" : "\ud83d\ude00" } `))
	c := newCache()
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := jsonscan.Scan(&jsonscan.Spec{}, body); err != nil {
			return
		}
		var tree map[string]any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			t.Skip(err)
		}
		again, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if keyOf(t, c, Request{}, string(body)) != keyOf(t, c, Request{}, string(again)) {
			t.Errorf("%s and %s have different keys", body, again)
		}
	})
}
