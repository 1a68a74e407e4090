package status_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestSet: the order is the one given, times stay while the status does, and what is no longer said goes.
func TestSet(t *testing.T) {
	then := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	list := []metav1.Condition{
		{Type: "Gone", Status: "True", LastTransitionTime: then},
		{Type: "Ready", Status: "True", Reason: "Old", LastTransitionTime: then},
		{Type: "Accepted", Status: "False", LastTransitionTime: then},
	}
	status.Set(&list, status.True("Accepted", 2, "Accepted", "Yes."), status.True("Ready", 2, "Ready", "Yes."))
	kinds := make([]string, 0, len(list))
	for _, c := range list {
		kinds = append(kinds, c.Type)
		if c.ObservedGeneration != 2 {
			t.Errorf("%s is of generation %d", c.Type, c.ObservedGeneration)
		}
	}
	if diff := cmp.Diff([]string{"Accepted", "Ready"}, kinds); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if !list[1].LastTransitionTime.Equal(&then) {
		t.Error("the time of a condition moved although its status did not")
	}
	if list[0].LastTransitionTime.Equal(&then) {
		t.Error("the time of a condition stayed although its status changed")
	}
}

// TestSetCutsLongMessages at the end of a character: the API server refuses longer ones, and the whole status with them.
func TestSetCutsLongMessages(t *testing.T) {
	var list []metav1.Condition
	status.Set(&list, status.False("Ready", 1, "Bad", strings.Repeat("ä", status.MaxMessage)))
	got := list[0].Message
	if len(got) > status.MaxMessage || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("message has %d bytes, valid %v, ends with %q", len(got), utf8.ValidString(got), got[len(got)-6:])
	}
}

// TestStable: the local end of a connection, which is another one each time, is not part of a message.
func TestStable(t *testing.T) {
	for message, want := range map[string]string{
		"Nothing to change.": "Nothing to change.",
		"An arrow -> stays.": "An arrow -> stays.",
		"read tcp 10.0.0.1:40312->10.0.0.2:11434: reset by peer":                      "read tcp 10.0.0.2:11434: reset by peer",
		"lookup x on 10.96.0.10:53: read udp 10.0.0.1:5353->10.96.0.10:53: times out": "lookup x on 10.96.0.10:53: read udp 10.96.0.10:53: times out",
		"read tcp [fd00::1]:40312->[fd00::2]:80: EOF":                                 "read tcp [fd00::2]:80: EOF",
	} {
		if got := status.Stable(message); got != want {
			t.Errorf("Stable(%q) = %q, want %q", message, got, want)
		}
	}
	var list []metav1.Condition
	status.Set(&list, status.False("Ready", 1, "Bad", "read tcp 10.0.0.1:1->10.0.0.2:2: EOF."))
	if got := list[0].Message; got != "read tcp 10.0.0.2:2: EOF." {
		t.Errorf("message = %q", got)
	}
}
