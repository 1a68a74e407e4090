package chat

import (
	"regexp"
	"strings"
	"testing"
)

func TestSignatureCarriage(t *testing.T) {
	own, foreign := Signature{OriginAnthropic, "EqQB=="}, Signature{OriginGoogle, "Cg:0K"}
	for _, s := range []Signature{own, foreign, {}} {
		if got := Unmark(s.Mark(OriginAnthropic), OriginAnthropic); got != s {
			t.Errorf("Unmark(Mark(%v)) = %v", s, got)
		}
	}
	if got := own.Mark(OriginAnthropic); got != own.Value {
		t.Errorf("Mark: %q, want a provider's own clients to see its own signature", got)
	}
	if own.For(OriginGoogle) != "" || own.For(OriginAnthropic) != own.Value {
		t.Error("For: a signature is for its own provider only")
	}
}

func TestSeal(t *testing.T) {
	sealed := Seal("call_1", Signature{OriginGoogle, strings.Repeat("+/=", 40)})
	if !regexp.MustCompile(`^[a-zA-Z0-9_-]+$`).MatchString(sealed) {
		t.Errorf("Seal: %q is an id that some protocols refuse", sealed)
	}
	for in, want := range map[string]struct {
		id  string
		sig Signature
	}{
		sealed:                {"call_1", Signature{OriginGoogle, strings.Repeat("+/=", 40)}},
		"call_2":              {id: "call_2"},
		"call_3__sig_!!":      {id: "call_3__sig_!!"},
		"call_4__sig_Zm9v":    {id: "call_4__sig_Zm9v"},
		Seal("", Signature{}): {},
	} {
		if id, sig := Unseal(in); id != want.id || sig != want.sig {
			t.Errorf("Unseal(%q) = %q, %v, want %q, %v", in, id, sig, want.id, want.sig)
		}
	}
}

func TestMarked(t *testing.T) {
	foreign := Signature{OriginGoogle, "x"}
	for body, want := range map[string]bool{
		`{"signature":"` + foreign.Mark(OriginAnthropic) + `"}`: true,
		`{"id":"` + Seal("call_1", foreign) + `"}`:              true,
		`{"signature":"` + foreign.Mark(OriginGoogle) + `"}`:    false,
		`{"text":"fairlead: a rope"}`:                           true, // translated though it need not be
		`{"text":"a fairlead guides a rope"}`:                   false,
	} {
		if got := Marked([]byte(body)); got != want {
			t.Errorf("Marked(%s) = %v", body, got)
		}
	}
}
