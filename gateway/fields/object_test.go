package fields

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

const request = `{"a":{"b":[{"c":"x"},{"c":5}]},"s":"t","n":3,"on":true,"null":null,"list":["x","y"],"schema":{"type":"object"},"rest":1,"other":[2]}`

func read(t *testing.T) *Object {
	t.Helper()
	o, err := Read([]byte(request))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestScalars(t *testing.T) {
	o := read(t)
	if o.Text("s") != "t" || o.Int("n") != 3 || !*o.Bool("on") || o.Bool("absent") != nil {
		t.Error("a member was read wrongly")
	}
	if o.Has("null") || o.Has("s") {
		t.Error("a member is there that is null, or was taken out")
	}
	if diff := cmp.Diff([]string{"x", "y"}, o.Strings("list")); diff != "" {
		t.Errorf("Strings: -want +got\n%s", diff)
	}
	if got := string(o.Peek("schema")); got != `{"type":"object"}` || string(o.Schema("schema")) != got || o.Schema("schema") != nil {
		t.Errorf("Schema: %s", got)
	}
}

func TestInnerObjects(t *testing.T) {
	inner := read(t).Object("a").Objects("b")
	if len(inner) != 2 || inner[0].Text("c") != "x" || inner[0].Path("c") != "a.b[0].c" || inner[1].At() != "a.b[1]" {
		t.Errorf("Objects: %d, %s", len(inner), inner[0].Path("c"))
	}
}

func TestRest(t *testing.T) {
	o := read(t)
	o.Drop("a", "s", "n", "on", "list", "schema")
	rest := map[string]string{}
	o.Rest(func(name string, value json.RawMessage) { rest[name] = string(value) })
	if diff := cmp.Diff(map[string]string{"rest": "1", "other": "[2]"}, rest); diff != "" || o.Err() != nil {
		t.Errorf("Rest: %v, -want +got\n%s", o.Err(), diff)
	}
}

// TestFirstMistake: the first one is told, with its path, and reading goes on.
func TestFirstMistake(t *testing.T) {
	o := read(t)
	inner := o.Object("a").Objects("b")
	if inner[1].Text("c") != "" || o.Text("n") != "" || o.Text("s") != "t" {
		t.Error("a member of another type was read as text")
	}
	o.Missing("x")
	e, ok := errors.AsType[*fault.Error](o.Err())
	if !ok || e.Status != 400 || e.Param != "a.b[1].c" || e.Code != fault.CodeInvalidType {
		t.Errorf("Err: %+v", e)
	}
}

func TestIs(t *testing.T) {
	o := read(t)
	if !o.Is("absent", "1") || !o.Is("null") || !o.Is("rest", "0", "1") || o.Is("other", "[3]") {
		t.Error("Is: what is absent or null is as its default, all else by its compact form")
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := Read([]byte("[]")); err == nil {
		t.Error("Read: a list is no object")
	}
}

// TestTooManyObjects: what takes three bytes of a request takes a hundred times that once it is read.
func TestTooManyObjects(t *testing.T) {
	list := func(n int) []byte { return []byte(`{"a":[{}` + strings.Repeat(",{}", n-1) + `]}`) }
	for n, refused := range map[int]bool{maxObjects: false, maxObjects + 1: true} {
		o, err := Read(list(n))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(o.Objects("a")); refused != (o.Err() != nil) || !refused && got != n {
			t.Errorf("of %d objects %d were read: %v", n, got, o.Err())
		}
	}
}
