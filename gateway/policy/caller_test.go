package policy

import (
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestMay(t *testing.T) {
	teamB, err := labels.Parse("team=b")
	if err != nil {
		t.Fatal(err)
	}
	chat := &snapshot.Model{Name: "chat"}
	wild := &snapshot.Model{Name: "team-a/*"}
	selected := &snapshot.Model{Name: "selected", AllowedKeys: teamB}
	all := &snapshot.Key{Labels: map[string]string{"team": "b"}}
	some := &snapshot.Key{Models: []snapshot.Pattern{"chat", "team-a/x*"}}
	for name, c := range map[string]struct {
		caller Caller
		model  *snapshot.Model
		named  string
		want   bool
	}{
		"MasterAll":         {Caller{Master: true}, selected, "selected", true},
		"AnybodyOpen":       {Caller{}, chat, "chat", true},
		"AnybodySelected":   {Caller{}, selected, "selected", false},
		"KeyWithoutBounds":  {Caller{Key: all}, chat, "chat", true},
		"KeySelected":       {Caller{Key: all}, selected, "selected", true},
		"KeyNotSelected":    {Caller{Key: &snapshot.Key{Labels: map[string]string{"team": "a"}}}, selected, "selected", false},
		"KeyWithoutLabels":  {Caller{Key: &snapshot.Key{}}, selected, "selected", false},
		"Listed":            {Caller{Key: some}, chat, "chat", true},
		"NotListed":         {Caller{Key: some}, &snapshot.Model{Name: "other"}, "other", false},
		"NotListedRespelt":  {Caller{Key: some}, &snapshot.Model{Name: "other"}, "chat", false},
		"ListedWithATag":    {Caller{Key: some}, chat, "chat:latest", true},
		"PatternListed":     {Caller{Key: some}, wild, "team-a/x1", true},
		"PatternNotListed":  {Caller{Key: some}, wild, "team-a/y", false},
		"ListedNotSelected": {Caller{Key: &snapshot.Key{Models: []snapshot.Pattern{"*"}}}, selected, "selected", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.caller.May(c.model, c.named); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestSees(t *testing.T) {
	models := []*snapshot.Model{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	some := Caller{Key: &snapshot.Key{Models: []snapshot.Pattern{"a", "c"}}}
	got := some.Sees(models)
	if len(got) != 2 || got[0] != models[0] || got[1] != models[2] || models[1].Name != "b" {
		t.Errorf("sees %v of %v", got, models)
	}
	for name, c := range map[string]Caller{"Master": {Master: true}, "AllOfThem": {Key: &snapshot.Key{}}, "Nobody": {}} {
		if seen := c.Sees(models); &seen[0] != &models[0] || len(seen) != len(models) {
			t.Errorf("%s: a list of its own, %v", name, seen)
		}
	}
}
