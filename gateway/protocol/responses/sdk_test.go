package responses

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/openai/openai-go/v3/responses"

	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// checkSDK reads an answer and a stream with the types of OpenAI's Go SDK, which are made from OpenAI's own schema: every member
// that the schema requires has to be there. answer may be nil.
func checkSDK(t *testing.T, answer []byte, stream string) {
	t.Helper()
	if answer != nil {
		var r sdk.Response
		if err := json.Unmarshal(answer, &r); err != nil {
			t.Errorf("reading the answer: %v", err)
		}
		checkRequired(t, "response", reflect.ValueOf(r), answer)
	}
	next := int64(0)
	for data, err := range sse.Events(strings.NewReader(stream)) {
		if err != nil {
			t.Fatalf("reading the stream: %v", err)
		}
		var e sdk.ResponseStreamEventUnion
		if err := json.Unmarshal(data, &e); err != nil {
			t.Errorf("reading an event: %v: %s", err, data)
		}
		if e.SequenceNumber != next {
			t.Errorf("event %s has the number %d, want %d", e.Type, e.SequenceNumber, next)
		}
		next++
		if e.AsAny() == nil {
			t.Errorf("the SDK does not know the event %s", e.Type)
			continue
		}
		checkRequired(t, e.Type, reflect.ValueOf(e.AsAny()), data)
	}
}

// checkRequired looks into v, which the SDK made of raw, for members that raw should have.
func checkRequired(t *testing.T, at string, v reflect.Value, raw []byte) {
	t.Helper()
	if m := v.MethodByName("AsAny"); m.IsValid() {
		if v = reflect.ValueOf(m.Call(nil)[0].Interface()); !v.IsValid() {
			return
		}
	}
	switch v.Kind() {
	case reflect.Slice:
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for i := range min(v.Len(), len(list)) {
				checkRequired(t, at+"[]", v.Index(i), list[i])
			}
		}
	case reflect.Struct:
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil {
			checkMembers(t, at, v, object)
		}
	}
}

func checkMembers(t *testing.T, at string, v reflect.Value, object map[string]json.RawMessage) {
	t.Helper()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		value, there := object[name]
		if !there && (f.Tag.Get("api") == "required" || f.Tag.Get("default") != "") {
			t.Errorf("%s lacks %q", at, name)
		}
		if there && string(value) != "null" {
			checkRequired(t, at+"."+name, v.Field(i), value)
		}
	}
}
