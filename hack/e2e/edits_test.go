package e2e

import (
	"fmt"
	"testing"
)

// TestHundredEditsUnderLoad changes an alias a hundred times while it is asked and streams are open. After each change is
// Programmed, the very next request has to be answered by the new target.
func TestHundredEditsUnderLoad(t *testing.T) {
	s, client := connect(t)
	alias, steady := upstream(t, s, "edited"), upstream(t, s, "steady")
	result := underLoad(t, client, alias, steady, func() {
		for i := range 100 {
			model := fmt.Sprintf("edit-%d", i)
			generation, err := s.Retarget(t.Context(), alias, model)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.AwaitProgrammed(t.Context(), alias, generation, limit); err != nil {
				t.Error(err)
				return
			}
			if answer, err := client.Ask(t.Context(), alias, "who are you?"); err != nil || answer != model {
				t.Errorf("edit %d is Programmed: expected the very next answer from %q, found %q (%v)", i, model, answer, err)
			}
		}
	})
	if len(result.Answers) < 50 {
		t.Errorf("expected the load to see most of 100 targets, found %d", len(result.Answers))
	}
	if perSecond := float64(result.Chats) / result.Elapsed.Seconds(); perSecond < 100 {
		t.Errorf("expected at least 100 requests a second, found %.0f", perSecond)
	}
}
