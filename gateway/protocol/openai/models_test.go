package openai

import (
	"net/http"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/protocol"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

func TestModels(t *testing.T) {
	m := protocol.Model{Name: "llama3", Created: time.Unix(7, 0)}
	one := `{"id":"llama3","object":"model","created":7,"owned_by":"fairlead"}`
	if got := string(Model(m)); got != one {
		t.Errorf("model %s, want %s", got, one)
	}
	if got, want := string(Models([]protocol.Model{m})), `{"object":"list","data":[`+one+`]}`; got != want {
		t.Errorf("list %s, want %s", got, want)
	}
	if got, want := string(Models(nil)), `{"object":"list","data":[]}`; got != want {
		t.Errorf("empty list %s, want %s", got, want)
	}
}

func TestErrors(t *testing.T) {
	e := &fault.Error{Status: http.StatusTooManyRequests, Code: fault.CodeQuota, Message: "no\nmoney"}
	body := `{"error":{"message":"no\nmoney","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`
	if got := string(Errors{}.Body(e, "req_1")); got != body {
		t.Errorf("body %s, want %s", got, body)
	}
	if got, want := string(Errors{}.Frame(e)), "data: "+body+"\n\n"; got != want {
		t.Errorf("frame %q, want %q", got, want)
	}
}
