package status

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MaxMessage is how long a condition's message may be, in bytes. The API server refuses longer ones.
const MaxMessage = 32768

// Set replaces the conditions in list by those given, in their order. A condition whose status did not change keeps its
// transition time; one that is no longer given goes.
func Set(list *[]metav1.Condition, conditions ...metav1.Condition) {
	merged := slices.Clone(*list)
	ordered := make([]metav1.Condition, len(conditions))
	for i, c := range conditions {
		c.Message = cut(Stable(c.Message), MaxMessage)
		meta.SetStatusCondition(&merged, c)
		ordered[i] = *meta.FindStatusCondition(merged, c.Type)
	}
	*list = ordered
}

// True makes a condition that holds.
func True(kind string, generation int64, reason, message string) metav1.Condition {
	return condition(kind, metav1.ConditionTrue, generation, reason, message)
}

// False makes a condition that does not hold.
func False(kind string, generation int64, reason, message string) metav1.Condition {
	return condition(kind, metav1.ConditionFalse, generation, reason, message)
}

func condition(kind string, s metav1.ConditionStatus, generation int64, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: s, ObservedGeneration: generation, Reason: reason, Message: message}
}

// Because makes kind False for the reason and with the message of c: the way in which Ready sums up what it waits for.
func Because(kind string, c metav1.Condition) metav1.Condition {
	return False(kind, c.ObservedGeneration, c.Reason, c.Message)
}

// Stable takes out of a message what is another one each time: the local end of a connection, which the network library
// puts into its errors. A status that holds it would be written again with every failure.
func Stable(message string) string {
	if !strings.Contains(message, "->") {
		return message
	}
	return localEnd.ReplaceAllLiteralString(message, "")
}

// localEnd is the first part of "10.0.0.1:40312->10.0.0.2:11434" and of "[fd00::1]:40312->[fd00::2]:11434".
var localEnd = regexp.MustCompile(`[\[0-9][0-9a-fA-F.:\]]*:[0-9]+->`)

// cut shortens s to at most n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const mark = "…"
	end := n - len(mark)
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + mark
}
