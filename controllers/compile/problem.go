package compile

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Problem is something that a person has to put right. It becomes a condition; it is never retried.
type Problem struct {
	// Reason is one of the reasons of the api package.
	Reason string `json:"reason"`
	// Message says what is wrong, why, and what to do about it. It holds no secret value.
	Message string `json:"message"`
}

// Condition returns the condition that says p, or, where p is nil, that all is well for the reason and with the message given.
// It has no transition time: that is for whoever writes it.
func (p *Problem) Condition(kind string, generation int64, reason, message string) metav1.Condition {
	c := metav1.Condition{
		Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: message, ObservedGeneration: generation,
	}
	if p != nil {
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, p.Reason, p.Message
	}
	return c
}

// invalid is a problem of what the spec says.
func invalid(format string, args ...any) *Problem {
	return &Problem{Reason: v1alpha1.ReasonInvalid, Message: fmt.Sprintf(format, args...)}
}

// join makes one problem of several: the reason of the first, and every message. It returns nil for none.
func join(problems []*Problem) *Problem {
	if len(problems) == 0 {
		return nil
	}
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = p.Message
	}
	return &Problem{Reason: problems[0].Reason, Message: strings.Join(messages, " ")}
}

// with returns p with a sentence added to its message, or nil for nil.
func (p *Problem) with(format string, args ...any) *Problem {
	if p == nil {
		return nil
	}
	return &Problem{Reason: p.Reason, Message: p.Message + " " + fmt.Sprintf(format, args...)}
}
