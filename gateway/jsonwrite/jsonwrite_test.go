package jsonwrite

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppend(t *testing.T) {
	cases := map[string]struct{ got, want string }{
		"String":       {string(String([]byte("x"), "a\"\n<é>")), `x"a\"\n<é>"`},
		"Bytes":        {string(String(nil, []byte("a\xff"))), "\"a\ufffd\""},
		"Name":         {string(Name(nil, "a")), `,"a":`},
		"Member":       {string(Member([]byte("{"), "a", json.RawMessage("[1]"))), `{,"a":[1]`},
		"StringMember": {string(StringMember(nil, "a", "b")), `,"a":"b"`},
		"IntMember":    {string(IntMember(nil, "a", math.MinInt64)), `,"a":-9223372036854775808`},
		"Floats":       {string(Floats(nil, []float32{0.1, -2, 1e-9})), `[0.1,-2,1e-09]`},
		"NoNumbers":    {string(Floats(nil, []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))})), `[0,0,0]`},
		"NoFloats":     {string(Floats(nil, nil)), `[]`},
		"Must":         {string(Must(map[string]any{"a": json.RawMessage("{ \"b\" : \"<&>\" }"), "c": "<&>"})), `{"a":{"b":"<&>"},"c":"<&>"}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestMarshalFails(t *testing.T) {
	for name, v := range map[string]any{"RawMessage": json.RawMessage("{"), "Function": func() {}} {
		t.Run(name, func(t *testing.T) {
			if b, err := Marshal(v); err == nil {
				t.Errorf("Marshal: %s, want an error", b)
			}
			defer func() {
				if recover() == nil {
					t.Error("Must did not panic")
				}
			}()
			Must(v)
		})
	}
}
