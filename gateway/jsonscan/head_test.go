package jsonscan

import "testing"

func TestHead(t *testing.T) {
	cases := map[string]struct{ reason, body, want string }{
		"System":   {"up to the first that is the user's", `{"messages":[{"role":"system","content":"s"}, {"role":"user","content":"u"},{"role":"assistant"}]}`, `[{"role":"system","content":"s"}, {"role":"user","content":"u"}`},
		"NoSystem": {"the user begins", `{"messages": [ {"role":"user","content":"u"},{"role":"user","content":"v"}]}`, `[ {"role":"user","content":"u"}`},
		"SystemAt": {"nothing but instructions", `{"messages":[{"role":"developer"},{"role":"system"}]}`, `[{"role":"developer"},{"role":"system"}`},
		"NoRole":   {"Gemini's may have none", `{"messages":[{"parts":[1]},{"parts":[2]}]}`, `[{"parts":[1]}`},
		"Text":     {"a text to go on with", `{"x":1,"messages":"hello"}`, `"hello"`},
		"Texts":    {"no messages", `{"messages":["a","b"]}`, `[`},
		"Empty":    {"no messages", `{"messages":[]}`, `[`},
		"Missing":  {"another member", `{"input":"hello"}`, ``},
		"Object":   {"no list", `{"messages":{"role":"user"}}`, ``},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := string(Head([]byte(c.body), "messages")); got != c.want {
				t.Errorf("%s: %s, want %s", c.reason, got, c.want)
			}
		})
	}
}

func FuzzHead(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"system"},{"role":"user"}]}`))
	f.Add([]byte(`{"model":"m","messages":["`))
	f.Fuzz(func(t *testing.T, body []byte) {
		spec := Spec{Model: true, Content: Content{Name: "messages", List: true, Text: true}}
		if _, err := Scan(&spec, body); err != nil {
			return
		}
		if len(Head(body, "messages")) == 0 {
			t.Error("a body with messages has no beginning")
		}
	})
}
