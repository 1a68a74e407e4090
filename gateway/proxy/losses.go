package proxy

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// headerDropped names the parameters that the upstream was not told of.
const headerDropped = "X-Fairlead-Dropped-Params"

// droppedMost bounds how many are named, and droppedBytes how long a name may be: they come from the client.
const (
	droppedMost  = 32
	droppedBytes = 64
)

// judge decides by the provider's policy about what the upstream cannot be told: it is left out and named, or the request is
// refused, or it is sent all the same. Hints, which change nothing about an answer, are never a reason to refuse.
func (p *plan) judge(policy v1alpha1.ParameterPolicy) error {
	if len(p.Lost) == 0 {
		return nil
	}
	switch policy {
	case v1alpha1.ParameterPolicyReject:
		if names := namesOf(p.Lost, func(l chat.Param) bool { return !l.Hint() }); len(names) > 0 {
			return fault.Invalid(fault.CodeUnsupported, names[0],
				"The provider of this model cannot take: %s. Leave them out; its parameters.policy is Reject.", strings.Join(names, ", "))
		}
	case v1alpha1.ParameterPolicyPass:
		p.Body, p.Lost = passed(p.Body, p.Lost)
	}
	p.dropped = namesOf(p.Lost, func(chat.Param) bool { return true })
	return nil
}

// namesOf are the names of some parameters as the client spells them, fit for a header.
func namesOf(lost []chat.Param, some func(chat.Param) bool) []string {
	var names []string
	for _, l := range lost {
		if len(names) == droppedMost {
			return append(names, "...")
		}
		if some(l) {
			names = append(names, printable(l.As))
		}
	}
	return names
}

// printable keeps a name to what a header may hold and a list may be separated by.
func printable(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == ',' {
			return '?'
		}
		return r
	}, name)
	if len(clean) > droppedBytes {
		return clean[:droppedBytes] + "..."
	}
	return clean
}

// passed adds parameters to a JSON body as the client wrote them, and returns those that have no place there: parts of others, and
// those of which the body has one already.
func passed(body [][]byte, lost []chat.Param) (more [][]byte, left []chat.Param) {
	whole := bytes.TrimRight(bytes.Join(body, nil), " \t\r\n")
	end := len(whole) - 1
	there := map[string]jsontext.Value{}
	if end < 1 || json.Unmarshal(whole, &there) != nil {
		return body, lost
	}
	out := whole[:end:end]
	for _, l := range lost {
		if _, taken := there[l.Name]; taken || len(l.Value) == 0 || l.Name != l.As || strings.ContainsAny(l.Name, ".[") {
			left = append(left, l)
			continue
		}
		if len(there) > 0 {
			out = append(out, ',')
		}
		there[l.Name] = nil
		out = append(append(append(out, quote(l.Name)...), ':'), l.Value...)
	}
	return [][]byte{append(out, '}')}, left
}
